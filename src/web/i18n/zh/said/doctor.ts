// 代理程序的检查：agent/doctor。写法见 ../../translate.ts。

export const doctor: Record<string, string> = {
  'the kernel says nothing at all.': '内核什么都不会打印。',
  'BUG() and WARN() are left out.': 'BUG() 和 WARN() 被省去。',
  'BUG and WARNING lines have no file and line.': 'BUG 和 WARNING 行没有文件名和行号。',
  'reports have bare addresses; without the vmlinux of this very build they stay so.':
    '报告中只有裸地址；没有这一次构建的 vmlinux 就一直如此。',
  'addresses of data in reports have no names.': '报告中数据的地址没有名称。',
  'many reports come without a stack trace.': '许多报告没有调用栈。',
  'stack traces are guesses: every word on the stack that looks like code.':
    '调用栈是猜测：栈上每个像代码地址的字都会列出。',
  'tasks that hang for ever are not reported.': '永远挂起的任务不会被报告。',
  'soft lockups are not reported.': '软锁死不会被报告。',
  'a processor that spins with interrupts off is not noticed.': '关闭中断后空转的处理器不会被发现。',
  'a hanging kernel cannot be asked what it does.': '无法询问挂起的内核在做什么。',
  'no store for the last words of a kernel: neither ramoops nor EFI, ERST or flash.':
    '没有存放内核最后的话的地方：ramoops、EFI、ERST 和闪存都没有。',
  'no ramoops: memory that keeps the log over a warm restart.': '没有 ramoops：即热重启后仍保留日志的内存。',
  'pstore keeps dumps of oopses and panics, not the console: nothing of a reset without a panic.':
    'pstore 只保留 oops 和 panic 的转储，不保留控制台：没有 panic 的复位什么都不会留下。',
  'no netconsole: the log cannot be sent to another machine as it is printed.':
    '没有 netconsole：日志无法在打印时发送到另一台机器。',
  'no kdump, and a memory dump does not say where its log is.': '没有 kdump，内存转储也不说明其日志在哪里。',
  'lines do not say which task or processor printed them: two reports at once are told apart by guess.':
    '各行不说明由哪个任务或处理器打印：同时出现的两份报告只能靠猜测区分。',
  'the kernel brings no types: members of structs are not named.': '内核不带类型信息：结构体成员没有名称。',
  'the kernel does not carry its own configuration; a bundle has it only where /boot does.':
    '内核不带自身的配置；只有 /boot 中有时报告包才会包含它。',
  'a stack that overflows runs into other memory instead of being reported.': '溢出的栈会侵入其他内存，而不会被报告。',
  'CONFIG_{0} is not set': 'CONFIG_{0} 未设置',
  '{0} It takes another kernel.': '{~0}这需要更换内核。',
  'serial consoles, plain netconsole and ramoops’ console get the first line of a report, and neither registers nor trace: 5 or more.':
    '串口控制台、普通 netconsole 和 ramoops 的控制台只能得到报告的第一行，既没有寄存器也没有调用栈：应为 5 或更高。',
  'the kernel keeps {0} KiB of log': '内核保留 {0} KiB 日志',
  'a report with all processors’ traces is larger, and a storm of messages drives it out before it is read.':
    '含全部处理器调用栈的报告比这更大，大量消息会在读取之前把它挤出去。',
  'lines have time stamps': '各行带有时间戳',
  'lines on consoles and in dumps have no time: what was captured before a crash and what is found after it are joined by guess.':
    '控制台和转储中的各行没有时间：崩溃前捕获的和之后找到的内容只能靠猜测拼接。',
  'a program that writes to /dev/kmsg without end drives the kernel’s own words out of the log: ratelimit.':
    '不停写入 /dev/kmsg 的程序会把内核自己的话挤出日志：应设为 ratelimit。',
  'orderly restarts are dumped too': '正常重启也会转储',
  'an orderly restart leaves no trace in pstore; where no journal outlives it, why-reboot cannot tell it from a loss of power. Not for EFI, whose flash wears out.':
    '正常重启不会在 pstore 中留下痕迹；如果没有 journal 保留下来，why-reboot 就无法将其与断电区分。不适用于 EFI，其闪存会磨损。',
  'rcu stalls are reported': 'RCU 停顿会被报告',
  'stalls of RCU are not reported.': 'RCU 停顿不会被报告。',
  'no_hash_pointers is set': '设置了 no_hash_pointers',
  'the log shows real addresses to whoever reads it. That is for debugging.':
    '日志会向任何读者显示真实地址。它只用于调试。',
  'the journal is kept on disk': 'journal 保存在磁盘上',
  'the journal is in memory only': 'journal 仅在内存中',
  'nothing of it is left after a restart: mkdir /var/log/journal, or Storage=persistent.':
    '重启后什么都不剩：mkdir /var/log/journal，或设置 Storage=persistent。',
  'klogd runs': 'klogd 正在运行',
  'it takes lines out of /proc/kmsg, of which each is given once; the agent reads /dev/kmsg, where that does not matter. Do not tell it to read /proc/kmsg.':
    '它会从 /proc/kmsg 取走各行，而每行只给出一次；代理程序读取 /dev/kmsg，不受影响。不要让代理程序读取 /proc/kmsg。',
  'pstore writes to {0}': 'pstore 写入 {0}',
  'pstore has no back end': 'pstore 没有后端',
  'of a panic nothing is left after the restart. EFI variables can keep it: load efi_pstore.':
    'panic 之后重启不会留下任何内容。EFI 变量可以保存：加载 efi_pstore。',
  'of a panic nothing is left after the restart. Reserve memory that a warm restart keeps, and give it to ramoops: 1 MiB at an address above all else that boots there, here 0x70000000 as an example.':
    'panic 之后重启不会留下任何内容。保留一块热重启后仍存在的内存并交给 ramoops：1 MiB，地址须高于该机启动时的其他一切，这里以 0x70000000 为例。',
  '/sys/fs/pstore is mounted': '/sys/fs/pstore 已挂载',
  '/sys/fs/pstore is not mounted': '/sys/fs/pstore 未挂载',
  'what a dead kernel left cannot be read: mount -t pstore pstore /sys/fs/pstore, and into /etc/fstab where no systemd does it.':
    '无法读取已死内核留下的内容：mount -t pstore pstore /sys/fs/pstore；没有 systemd 时写入 /etc/fstab。',
  'EFI is the back end and writes nothing.': 'EFI 是后端，但不写入任何内容。',
  'efi_pstore writes': 'efi_pstore 会写入',
  'a report is often longer, and its beginning is lost: 64 KiB or more.':
    '报告往往更长，开头会丢失：应为 64 KiB 或更多。',
  'the console is not kept: of a reset without a panic, by a watchdog for one, nothing is left.':
    '不保留控制台：没有 panic 的复位（例如由看门狗引起的）什么都不会留下。',
  'memory that was not refreshed for a moment comes back with wrong bits; with ecc=1 they are mended.':
    '短时间没有刷新的内存会出现错误的位；ecc=1 可以纠正。',
  'dumps up to reason {0}: panics and oopses': '转储到原因 {0}：panic 和 oops',
  'oopses are not dumped, panics alone.': '不转储 oops，只转储 panic。',
  'pstore is written before the crash kernel starts': '在崩溃内核启动之前写入 pstore',
  'crash_kexec_post_notifiers is off': 'crash_kexec_post_notifiers 未启用',
  'with kdump armed pstore is not written: when the crash kernel fails, nothing is left. Written first, pstore can in turn keep kdump from starting.':
    '启用 kdump 时不写入 pstore：如果崩溃内核失败，就什么都不剩。先写入 pstore 则有可能使 kdump 无法启动。',
  'systemd-pstore moves records to /var/lib/systemd/pstore, which is harvested too':
    'systemd-pstore 把记录移到 /var/lib/systemd/pstore，那里也会被收集',
  'systemd-pstore is not enabled': 'systemd-pstore 未启用',
  'a panic leaves the machine by {0}': 'panic 经由 {0} 离开机器',
  'nothing outlives a panic': 'panic 之后什么都不会留下',
  'no pstore, no kdump, no netconsole, no serial console: a panic is lost whole. Any one of them does.':
    '没有 pstore、kdump、netconsole 和串口控制台：panic 会全部丢失。有其中任何一个即可。',
  'a crash kernel is loaded, {0} MiB are reserved': '崩溃内核已加载，保留了 {0} MiB',
  'memory is reserved for a crash kernel and none is loaded': '为崩溃内核保留了内存，却没有加载',
  'the memory is lost and there will be no dump: start kdump (kdump.service, or kdump-config load).':
    '这块内存被浪费，也不会有转储：启动 kdump（kdump.service，或 kdump-config load）。',
  'no memory is reserved for a crash kernel': '没有为崩溃内核保留内存',
  'there is no dump of memory after a panic, so what the log does not say stays unknown.':
    'panic 之后没有内存转储，日志没有说的就无从得知。',
  'netconsole sends, extended': 'netconsole 以扩展格式发送',
  'netconsole sends plain text': 'netconsole 以纯文本发送',
  'lines have no numbers: what the network lost or mixed up is not seen. “+” before the target makes it extended.':
    '各行没有编号：看不出网络丢失或打乱了什么。在目标前加“+”即为扩展格式。',
  'netconsole is not set up': '没有设置 netconsole',
  'another machine could take the log as it is printed: netconsole=+@/eth0,6666@ADDRESS/MAC.':
    '另一台机器可以在打印的同时接收日志：netconsole=+@/eth0,6666@ADDRESS/MAC。',
  'console on {0}': '控制台在 {0}',
  'no serial console': '没有串口控制台',
  'a machine that dies early, or without a network, can be heard by nothing else.':
    '过早死亡或没有网络的机器无法以其他方式发出信息。',
  'no hardware watchdog': '没有硬件看门狗',
  'a machine that hangs without a panic stays so. softdog is better than nothing.':
    '没有 panic 而挂起的机器会一直如此。softdog 聊胜于无。',
  '{0} is fed': '{0} 正在被喂狗',
  '{0} is not used': '{0} 未被使用',
  'a machine that hangs without a panic stays so: RuntimeWatchdogSec=60 in /etc/systemd/system.conf has systemd feed it.':
    '没有 panic 而挂起的机器会一直如此：在 /etc/systemd/system.conf 中设置 RuntimeWatchdogSec=60，由 systemd 喂狗。',
  'a machine check': '机器检查',
  'a bad page': '坏页',
  'a warning': '警告',
  'a soft lockup': '软锁死',
  'kernel.tainted = {0} ({1})': 'kernel.tainted = {0}（{~1}）',
  'this boot has had that already: what is reported from now on may follow from it.':
    '本次启动已发生过这些：之后的报告可能是其后果。',
  '{0} oopses, {1} warnings in this boot': '本次启动有 {0} 次 oops、{1} 次警告',
  '`faultline bundles list` should have them.': '`faultline bundles list` 中应当有它们。',
  '{0} MiB free for {1}': '{1} 有 {0} MiB 可用空间',
  'bundles may not fit. Make room, or set Data= to another file system.':
    '报告包可能放不下。请腾出空间，或把 Data= 设为另一文件系统。',
  'the data folder {0} is on {1}': '数据目录 {0} 位于 {1}',
  'bundles are gone after a restart. Set Data= to a folder on disk or flash.':
    '重启后报告包会消失。请把 Data= 设为磁盘或闪存上的目录。',
  '{0} is on a file system mounted read-only': '{0} 所在的文件系统以只读方式挂载',
  'no bundle can be written. Set Data= to another folder.': '无法写入报告包。请把 Data= 设为另一目录。',
  'after a panic the machine stays as it is until someone resets it, and what it left is read only then. 10 restarts it after ten seconds.':
    'panic 之后机器保持原状，直到有人复位，它留下的内容到那时才能读取。设为 10 则十秒后重启。',
  'after an oops the kernel goes on with what the dead task held: locks, half-done work. With 1 it panics, which kdump and all stores capture, and restarts where kernel.panic says so.':
    'oops 之后内核会带着已死任务持有的东西继续运行：锁、做了一半的工作。设为 1 则会 panic，kdump 和各种存储都能捕获，并按 kernel.panic 重启。',
  'each WARN() takes the machine down. That is for tests; elsewhere 0.':
    '每次 WARN() 都会使机器停机。这只用于测试；其他情况应为 0。',
  'a kernel may oops without end, and each one can leak references until they overflow. The default is 10000.':
    '内核可以无休止地 oops，每次都可能泄漏引用直至溢出。默认值为 10000。',
  'so many warnings take the machine down.': '警告达到此数量就会使机器停机。',
  'the kernel has said all it says of hung tasks, and is silent now. -1 never ends.':
    '内核对挂起任务的报告次数已用尽，现在不再报告。-1 表示不限。',
  'after so many reports of hung tasks the kernel is silent until it boots again. -1 never ends.':
    '报告这么多次挂起任务后，内核在下次启动前不再报告。-1 表示不限。',
  'soft and hard lockups are not noticed.': '软锁死和硬锁死不会被发现。',
  'soft lockups are not noticed.': '软锁死不会被发现。',
  'a processor that spins with interrupts off is not noticed, and says nothing when a hardware watchdog resets the machine. Virtual machines often have no counter for it.':
    '关闭中断后空转的处理器不会被发现，硬件看门狗复位机器时它也什么都不说。虚拟机往往没有所需的计数器。',
  'a lockup is noticed after twice so many seconds; a hardware watchdog is likely faster.':
    '锁死要在两倍于此的秒数之后才会被发现；硬件看门狗很可能更快。',
  'of a soft lockup only the stuck processor’s trace is printed, not who holds what it waits for.':
    '软锁死时只打印卡住的处理器的调用栈，不打印谁持有它所等待的东西。',
  'of a hard lockup only the stuck processor’s trace is printed.': '硬锁死时只打印卡住的处理器的调用栈。',
  'every user can read the kernel’s log, with addresses and what others’ programs did. The agent does not need that.':
    '任何用户都能读取内核日志，包括地址和他人程序的行为。代理程序不需要这样。',
  '/proc/kallsyms has zeros for everyone: symbols of this boot cannot be saved, and addresses in its reports stay numbers. 1 shows them to root alone.':
    '/proc/kallsyms 对所有人都显示零：无法保存本次启动的符号，报告中的地址只是数字。设为 1 则只对 root 显示。',
  'at the console no key asks a hanging kernel what it does. 438 allows what shows and saves, and no more.':
    '控制台上没有按键能询问挂起的内核在做什么。438 允许显示和保存，仅此而已。',
  'programs that die of a fault leave no line in the kernel’s log.': '因错误而终止的程序在内核日志中不留记录。',
  'a report of an out-of-memory kill has no table of tasks: it names the victim, not who took the memory.':
    '内存不足终止进程的报告中没有任务表：只指明被终止者，不说明谁占用了内存。',
  'running out of memory takes the machine down.': '内存耗尽会使机器停机。',
}
