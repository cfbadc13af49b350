// 内存不足、panic、用户程序和内核状态：core/explain。写法见 ../../translate.ts。

export const failures: Record<string, string> = {
  '; {0} was killed': '；{0} 被终止',
  ', most of it by {0} ({1} pages)': '，其中 {0} 最多（{1} 页）',
  'The limit of a memory cgroup was reached, not that of the machine{0}':
    '达到的是某个内存 cgroup 的限制，而非机器的内存上限{~0}',
  'The limit of the memory cgroup {0} was reached, not that of the machine{1}':
    '达到的是内存 cgroup {0} 的限制，而非机器的内存上限{~1}',
  'the kernel gives CONSTRAINT_MEMCG as the reason': '内核给出的原因是 CONSTRAINT_MEMCG',
  '{0} of {1} were in use{2}': '{1} 中已用 {0}{~2}',
  'Raise the limit (memory.max), or find out why the processes of this cgroup need so much.':
    '提高限制（memory.max），或查明该 cgroup 的进程为何需要这么多内存。',
  'Memory of the allowed nodes was used up, not that of the machine{0}': '耗尽的是所允许节点的内存，而非整台机器的{~0}',
  'the kernel gives {0} as the reason': '内核给出的原因是 {0}',
  'Look at the cpuset or memory policy of the task: other nodes may have memory left.':
    '查看该任务的 cpuset 或内存策略：其他节点可能还有内存。',
  'The whole machine was out of memory{0}': '整台机器内存耗尽{~0}',
  'the kernel found nothing to reclaim': '内核找不到可回收的内存',
  '{0} asked for memory and nothing could be reclaimed': '{0} 请求内存，而没有内存可以回收',
  '{0} uses most ({1} pages)': '{0} 用得最多（{1} 页）',
  'there is no swap': '没有交换空间',
  'the swap is full': '交换空间已满',
  'Compare the sum of the tasks with the memory of the machine: what is missing is used by the kernel (slab, page tables, shared memory).':
    '把各任务之和与机器内存相比：缺少的部分由内核使用（slab、页表、共享内存）。',
  'No {0} pages in one piece were free{1}': '没有连续的 {0} 个空闲页{~1}',
  '; so large a piece is rarely there after some time': '；运行一段时间后很难再有这么大的连续块',
  'Not even one page was free': '连一个空闲页都没有',
  'the allocation is of order {0} and may not wait for memory to be reclaimed': '分配为 {0} 阶，且不能等待内存回收',
  'the allocation is of order {0}': '分配为 {0} 阶',
  'Use vmalloc(), kvmalloc() or smaller pieces; or allocate it at the start.':
    '使用 vmalloc()、kvmalloc() 或更小的块；或在启动时分配。',
  'If it happens often, raise vm.min_free_kbytes; the caller has to live with a failure anyway.':
    '如果经常发生，提高 vm.min_free_kbytes；无论如何，调用者都必须能承受失败。',
  'Look at what uses the memory in the tables of the report.': '在报告的表格中查看是什么占用了内存。',
  'signal {0}': '信号 {0}',
  '{0} (signal {1})': '{0}（信号 {1}）',
  'Process 1 (init) came to its end, without which a system cannot be': '1 号进程（init）结束了，没有它系统无法运行',
  'the kernel says so': '内核如此报告',
  'Look at what init printed last.': '查看 init 最后打印的内容。',
  'Process 1 (init) exited with status {0}': '1 号进程（init）以状态 {0} 退出',
  'exitcode 0x{0} is a wait status: {1} in its second byte': 'exitcode 0x{0} 是等待状态：第二个字节为 {1}',
  'Look at what init printed last; with status 127 or 126 it could not run a program it needs.':
    '查看 init 最后打印的内容；状态 127 或 126 表示无法运行它需要的程序。',
  'Process 1 (init) was killed by {0}': '1 号进程（init）被终止：{~0}',
  'exitcode 0x{0} is a wait status with the signal in its low bits': 'exitcode 0x{0} 是等待状态，低位为信号',
  'init or one of its libraries is damaged, built for another processor, or the storage returns wrong data.':
    'init 或其某个库已损坏、为其他处理器构建，或存储返回了错误数据。',
  'Find out who sent the signal.': '查明是谁发送了该信号。',
  'The oops before it is the cause: it happened while init was in the kernel.':
    '原因是此前的 oops：它发生时 init 正在内核中。',
  'The device of the root file system does not exist for this kernel': '根文件系统的设备对此内核而言不存在',
  'The root file system could not be mounted from its device': '无法从其设备挂载根文件系统',
  'block device 0,0 means that the name in root= led to no device': '块设备 0,0 表示 root= 中的名称没有对应的设备',
  'the kernel tried {0}': '内核尝试了 {~0}',
  'all file systems it has': '它支持的全部文件系统',
  'Check root= on the command line, and whether the driver of the disk is built in or in the initramfs; the list of partitions above says which disks were found.':
    '检查命令行中的 root=，以及磁盘驱动是否编入内核或在 initramfs 中；上面的分区列表显示找到了哪些磁盘。',
  'Check that the file system is built into the kernel or its module in the initramfs, and that rootfstype= and the device are right.':
    '检查该文件系统是否编入内核或其模块在 initramfs 中，以及 rootfstype= 和设备是否正确。',
  'No program was there to start as process 1': '没有可作为 1 号进程启动的程序',
  'none of init=, /sbin/init, /etc/init, /bin/init and /bin/sh could be executed':
    'init=、/sbin/init、/etc/init、/bin/init 和 /bin/sh 都无法执行',
  'Check the contents of the root file system or initramfs, that init is executable, for this processor, and that its interpreter and libraries are there.':
    '检查根文件系统或 initramfs 的内容：init 是否可执行、是否适用于此处理器，其解释器和库是否存在。',
  'The program of init= could not be executed: error {0}': 'init= 所指的程序无法执行：错误 {0}',
  'the kernel was told to start this one and no other': '内核被要求只启动它，而不启动其他程序',
  'Error 2: it is not there, or its interpreter is not; 8: it is no program of this architecture; 13: it may not be executed.':
    '错误 2：它或其解释器不存在；8：不是此体系结构的程序；13：不允许执行。',
  'Memory was used up and no process was left that could be killed': '内存耗尽，且没有可以终止的进程',
  'The memory is held by the kernel itself or by tmpfs: look at the slab and shmem figures above; with little memory, the initramfs itself.':
    '内存由内核自身或 tmpfs 占用：查看上面的 slab 和 shmem 数字；内存很小时，可能就是 initramfs 本身。',
  'The fault happened in an interrupt: there was no process that could be stopped instead of the machine':
    '错误发生在中断中：没有可以代替整机停止的进程',
  'Explain the fault above; the interrupted process has nothing to do with it.':
    '分析上面的错误；被打断的进程与之无关。',
  'The machine was stopped because panic_on_oops is set': '机器因设置了 panic_on_oops 而停止',
  'a fault in a process ends only that process otherwise': '否则进程中的错误只会结束该进程',
  'Explain the fault above.': '分析上面的错误。',
  'The machine was stopped because panic_on_warn is set': '机器因设置了 panic_on_warn 而停止',
  'a warning lets the kernel go on otherwise': '否则警告之后内核会继续运行',
  'Explain the warning above.': '分析上面的警告。',
  '{0} jumped to a NULL pointer{1}': '{~0} 跳转到空指针{~1}',
  '{0} wrote to a NULL pointer{1}': '{~0} 写入空指针{~1}',
  '{0} read from a NULL pointer{1}': '{~0} 读取空指针{~1}',
  '{0} jumped to memory that does not allow it': '{~0} 跳转到不允许执行的内存',
  '{0} wrote to memory that does not allow it': '{~0} 写入不允许写的内存',
  '{0} read from memory that does not allow it': '{~0} 读取不允许读的内存',
  '{0} jumped to an address where nothing is': '{~0} 跳转到没有映射的地址',
  '{0} wrote to an address where nothing is': '{~0} 写入没有映射的地址',
  '{0} read from an address where nothing is': '{~0} 读取没有映射的地址',
  'A program': '某程序',
  '{0} called a NULL function pointer': '{~0} 调用了空函数指针',
  '{0} jumped to an address without code': '{~0} 跳转到没有代码的地址',
  ', at offset 0x{0}': '，偏移 0x{0}',
  '{0} ran out of stack, or uses a pointer into a stack that is gone': '{~0} 耗尽了栈，或使用了指向已不存在的栈的指针',
  'the fault address is 0x{0} and the error code {1}': '出错地址为 0x{0}，错误码为 {1}',
  'Have a core dump written (coredumpctl, ulimit -c) and open it with gdb.':
    '生成核心转储（coredumpctl、ulimit -c）并用 gdb 打开。',
  "Look up 0x{0} in {1}: addr2line -fie {2} 0x{3}, with the segment's file offset added for a mapping that is not the first.":
    '在 {1} 中查找 0x{0}：addr2line -fie {2} 0x{3}；如果不是第一个映射，须加上该段的文件偏移。',
  'an oops': 'oops',
  'This is not the first failure since the machine was started': '这不是机器启动以来的第一次故障',
  'it is oops number {0}': '这是第 {0} 次 oops',
  'taint flag {0} says that {1} happened before': '污染标志 {0} 表明此前发生过 {~1}',
  'Explain the first one first: this one may be its consequence, through a lock that is still held or memory half changed.':
    '先分析第一次：这一次可能是其后果，例如锁仍被持有，或内存只改了一半。',
  'It happened in {0}, a proprietary module': '发生在专有模块 {0} 中',
  'It happened in {0}, an out-of-tree module': '发生在树外模块 {0} 中',
  'The way here leads through {0}, a proprietary module': '调用路径经过专有模块 {0}',
  'The way here leads through {0}, an out-of-tree module': '调用路径经过树外模块 {0}',
  '{0} is in {1}, which the list of modules marks ({2})': '{~0} 属于 {1}，模块列表中它带有标记（{2}）',
  'a frame': '某个栈帧',
  "Report it to who makes {0}; for the kernel's own developers, try again without it.":
    '向 {0} 的提供者报告；若要向内核开发者报告，先在没有它的情况下重试。',
  '{0} calls itself again and again': '{0} 反复调用自身',
  'A circle of calls: {0}': '循环调用：{0}',
  'the trace has {0} rounds of it one after the other': '调用栈中它连续重复了 {0} 轮',
  'Find the condition that should end the recursion; the data it walks may form a circle.':
    '找出本应结束递归的条件；它遍历的数据可能成环。',
  'The kernel stack is too small for what was called': '内核栈容不下所调用的函数',
  'A double fault: most often the stack has overflowed': '双重错误（double fault）：多半是栈溢出',
  'the processor could not save the first fault on the stack': '处理器无法把第一个错误保存到栈上',
  'Compare the stack pointer with the bounds of the stack, and look for recursion in the trace.':
    '把栈指针与栈的边界比较，并查找调用栈中的递归。',
  'Somebody asked for this crash: sysrq c': '有人要求了这次崩溃：sysrq c',
  "The kernel's own crash tests (LKDTM) were asked for this": '这是内核自带的崩溃测试（LKDTM）要求的',
  'the log says "{0}"': '日志中有“{0}”',
  'Nothing is to be mended; if nobody should have done it, see who may write to /proc/sysrq-trigger and debugfs.':
    '无需修复；如果本不应有人这样做，检查谁能写入 /proc/sysrq-trigger 和 debugfs。',
}
