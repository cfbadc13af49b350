// 内核自身的检查和内存中的代码：core/explain/checks、core/localise/code。写法见 ../../translate.ts。

export const checks: Record<string, string> = {
  'The code in the log is not that of {0}': '日志中的代码与 {0} 的不同',
  '{0} of {1} bytes differ': '{1} 字节中有 {0} 字节不同',
  'Take the file of this very build, by its build ID; if it is, the kernel was written over.':
    '请按 build ID 使用这一次构建的文件；如果已经是，则内核代码被改写了。',
  'at the faulting instruction': '位于出错的指令',
  '{0} bytes before it': '在它之前 {0} 字节',
  '{0} bytes behind it': '在它之后 {0} 字节',
  "One bit of the kernel's code is wrong: bit {0} of {1}, {2}": '内核代码有一位出错：{1} 的第 {0} 位，{~2}',
  '{0} has there {1}; all other {2} printed bytes are the same, or patched as the kernel does':
    '{0} 中该处为 {1}；打印出的其余 {2} 字节都相同，或是内核自己修改的',
  'Test the memory of this machine (memtest86+), and look for machine checks and corrected errors (EDAC) before.':
    '测试这台机器的内存（memtest86+），并查看此前是否有机器检查和已纠正错误（EDAC）。',
  'See /sys/kernel/debug/kprobes/list, loaded live patches and tracers before looking elsewhere.':
    '先查看 /sys/kernel/debug/kprobes/list、已加载的热补丁和跟踪器，再考虑其他原因。',
  'A breakpoint stands in the code at {0}': '{0} 处的代码中有断点',
  'int3 in place of the first byte: a kprobe, or code that is just being patched':
    '第一个字节被换成 int3：kprobe，或代码正在被修改',
  'The code at {0} was made to jump elsewhere': '{0} 处的代码被改为跳转到别处',
  'The code at {0} was made to call elsewhere': '{0} 处的代码被改为调用别处',
  'five bytes are another branch than the file has: an optimised kprobe, a live patch, a tracer':
    '五个字节是与文件不同的跳转：优化的 kprobe、热补丁或跟踪器',
  "One byte of the kernel's code was written over": '内核代码有一个字节被改写',
  "{0} bytes of the kernel's code were written over": '内核代码有 {0} 个字节被改写',
  '{0}; none of the places that {1} lists as patched': '{~0}；不属于 {1} 列出的可修改之处',
  'Look for who writes there: a stray write or DMA, failing memory, a module that patches the kernel.':
    '查找是谁写入了那里：野写或 DMA、内存故障、修改内核的模块。',
  '{0} at +{1}': '{~0}（+{1}）',
  'What ran is not all in the file: the kernel patched {0}': '实际运行的代码与文件不完全相同：内核修改了 {~0}',
  '{0}; its own tables say so': '{~0}；依据内核自己的表',
  'Nothing to do: read these instructions in the log, not in the file.':
    '无需处理：这些指令请以日志为准，不以文件为准。',
  '+0x{0} has {1} for {2}': '+0x{0} 处为 {1}，应为 {2}',
  'an alternative for this CPU': '针对此 CPU 的替换代码（alternative）',
  'a static branch': '静态分支',
  'the call of ftrace': 'ftrace 的调用',
  'a static call': '静态调用',
  'a retpoline': 'retpoline',
  'a return thunk': '返回 thunk',
  'call depth tracking': '调用深度跟踪',
  'control flow integrity': '控制流完整性',
  'a sealed ENDBR': '被封闭的 ENDBR',
  'a lock prefix': 'lock 前缀',
  'a paravirt call': '半虚拟化调用',
  'a CPU feature': 'CPU 特性',
  'an MMU feature': 'MMU 特性',
  'a firmware feature': '固件特性',
  'a single CPU': '单 CPU 修改',
  'where memory begins': '内存起始位置',
  ' by task {0}': '（任务 {0}）',
  'The code': '代码',
  'it had freed itself': '它自己',
  '{0} had freed': ' {0} ',
  '{0} frees an object that {1}': '{~0} 又释放了已由{~1}释放的对象',
  '{0} frees an object that {1}, allocated in {2}': '{~0} 又释放了已由{~1}释放的对象，该对象在 {2} 中分配',
  '{0} uses an object that {1}': '{~0} 使用了已由{~1}释放的对象',
  '{0} uses an object that {1}, allocated in {2}': '{~0} 使用了已由{~1}释放的对象，该对象在 {2} 中分配',
  'the report has the trace of the free{0}': '报告中有释放时{~0}的调用栈',
  'the report has the trace of the free{0} and of the allocation{1}': '报告中有释放时{~0}和分配时{~1}的调用栈',
  'Find out why {0} may free it while it is still {1}: a missing reference, or a lock that one of the two does not take.':
    '查明 {0} 为何能在对象仍{~1}时释放它：缺少引用，或两者之一没有加锁。',
  'owned by another': '为他人所有',
  reachable: '可被访问',
  'A reference was taken on an object whose last one was given back: it is being freed':
    '对最后一个引用已归还的对象又取了引用：它正在被释放',
  'Take the reference under the lock by which the object is found, or with refcount_inc_not_zero().':
    '在查找该对象时所用的锁的保护下取引用，或使用 refcount_inc_not_zero()。',
  'More references were given back than taken: the object has been freed once already':
    '归还的引用比取得的多：对象已被释放过一次',
  'Find the path that puts a reference twice, often an error path.': '找出重复归还引用的路径，常常是错误处理路径。',
  'The counter overflowed: references are taken and not given back, or the memory is no counter any more':
    '计数器溢出：引用只取不还，或这块内存已不再是计数器',
  'Find the path that takes a reference and never puts it; if the counter looks random, look for a use after free.':
    '找出只取引用而不归还的路径；如果计数值像随机数，则查找释放后使用。',
  'The last reference was dropped where there must be another': '在应当还有引用的地方归还了最后一个引用',
  'Find who put the reference that this path relies on.': '查明是谁归还了这条路径所依赖的引用。',
  'refcount_t says "{0}"': 'refcount_t 报告“{0}”',
  'A list entry was removed twice': '链表项被重复删除',
  'A list entry was added that is on a list already': '添加的链表项已经在某个链表中',
  'A neighbour on the list was zeroed: its memory was freed, reused or never set up':
    '链表中的相邻项被清零：其内存已被释放、重用或从未初始化',
  'A neighbour on the list does not point back: its memory was freed and reused, or two CPUs changed the list at once':
    '链表中的相邻项没有指回来：其内存已被释放并重用，或两个 CPU 同时修改了链表',
  'A neighbour on the list is no list entry any more: {0}': '链表中的相邻项已不是链表项：{~0}',
  'the check of the list found "{0}"{1}': '链表检查发现“{0}”{1}',
  'Check that every change of this list is under one lock, and that an entry is removed before it is freed.':
    '检查对该链表的每次修改是否都在同一把锁之下，以及表项是否先摘除再释放。',
  'the function': '该函数',
  '{0} wrote beyond the end of one of its local arrays': '{~0} 写越了某个局部数组的末尾',
  'the canary between its variables and its return address was changed when it returned':
    '返回时发现变量与返回地址之间的金丝雀值（canary）已被改变',
  'Look for arrays on the stack of {0}, and of what it calls with a pointer to one: a length that is not checked.':
    '检查 {~0} 栈上的数组，以及把数组指针传给的被调函数：某处长度未经检查。',
  'The hardware reports an error that it corrected': '硬件报告了一个已纠正的错误',
  'The hardware reports an error: this is no bug of the kernel': '硬件报告了错误：这不是内核的缺陷',
  'reports of this kind come from the hardware': '此类报告来自硬件',
  'it says "{0}"': '报告称“{0}”',
  'Check seating, cable and firmware of the device named; many corrected errors point to a bad link.':
    '检查所指设备的插接、线缆和固件；大量已纠正的错误说明链路不良。',
  'Find the module or processor that is named, and replace it if the errors come back; rasdaemon counts them.':
    '找到所指的内存模块或处理器，如果错误再次出现就更换；rasdaemon 可以统计。',
  'A condition that the author took for impossible came true at {0}:{1}': '作者认为不可能的条件在 {0}:{1} 处成立了',
  'the code stops with BUG() or BUG_ON() there': '代码在那里以 BUG() 或 BUG_ON() 停止',
  'Read the condition in that line: it says which assumption is broken; the callers in the trace say by whom.':
    '阅读那一行的条件：它说明哪个假设被打破；调用栈中的调用者说明是被谁打破的。',
  'Check the divisor before the division; it often comes from a size or a rate that is not set yet.':
    '在除法之前检查除数；它往往来自尚未设置的大小或速率。',
  '{0} divides by zero': '{~0} 除以零',
  "the kernel's division routine was given 0 to divide by; it returned 0, and the code went on with that":
    '内核的除法例程得到的除数为 0；它返回 0，代码继续运行',
  '{0} divides by zero, or the result does not fit': '{~0} 除以零，或结果溢出',
  'the processor raised a divide error{0}': '处理器产生了除法错误{~0}',
  '; zero are {0}': '；为零的有 {~0}',
}
