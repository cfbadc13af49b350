// 出错的地址和指针：core/explain 的 address、areas、operand、pointer。写法见 ../../translate.ts。

export const addresses: Record<string, string> = {
  'The member at {0} would be {1}': '偏移 {0} 处的成员应为 {~1}',
  '{0} takes {1}: by the types of {2}': '{0} 的参数为 {1}（依据 {2} 中的类型）',
  'See whether {0} can be NULL in {1}; other pointers of the function may have a member there too.':
    '检查 {~0} 在 {1} 中是否可能为 NULL；该函数的其他指针也可能在此偏移处有成员。',
  'the entry was taken off its list before, and is used as if it were still on it (its next)':
    '该表项先前已从链表中摘除，却仍被当作在链表中使用（其 next）',
  'the entry was taken off its list before, and is used as if it were still on it (its prev)':
    '该表项先前已从链表中摘除，却仍被当作在链表中使用（其 prev）',
  'Find the two paths that remove this entry; one of them needs the lock, list_del_init() or a check.':
    '找出删除该表项的两条路径；其中之一需要加锁、改用 list_del_init() 或增加检查。',
  'a timer that was set up statically is used as a list entry': '静态初始化的定时器被当作链表项使用',
  'Look for a timer_list that is moved or deleted without the timer functions.':
    '检查是否有 timer_list 未经定时器函数就被移动或删除。',
  'the mapping of a tail page of a compound page is used': '使用了复合页尾页的 mapping',
  'Take the head page (compound_head()) before page->mapping is used.':
    '在使用 page->mapping 之前先用 compound_head() 取得首页。',
  'memory that was freed before is used: slab fills freed objects with 0x6b':
    '使用了已释放的内存：slab 用 0x6b 填充已释放的对象',
  'Boot with slub_debug=FU to have the places of allocation and free printed, or build with KASAN.':
    '用 slub_debug=FU 启动以打印分配和释放的位置，或启用 KASAN 构建内核。',
  'memory was allocated and never written: slab fills new objects with 0x5a':
    '内存分配后从未写入：slab 用 0x5a 填充新对象',
  'Initialise the member, or allocate with kzalloc().': '初始化该成员，或用 kzalloc() 分配。',
  'the end of a slab object, or what lies behind it, is taken for data': 'slab 对象的末尾或其后的内容被当作数据',
  'Check index and size at this access; KASAN shows the object.': '检查此次访问的下标和大小；KASAN 会显示该对象。',
  'a page that was freed before is used: page poisoning fills it with 0xaa':
    '使用了已释放的页：页毒化（page poisoning）用 0xaa 填充它',
  'Boot with page_owner=on, or build with KASAN, to see who freed the page.':
    '用 page_owner=on 启动，或启用 KASAN 构建内核，以查明是谁释放了该页。',
  'the red zone beside a free slab object is taken for data': '空闲 slab 对象旁的红区（red zone）被当作数据',
  'the red zone beside a slab object, or freed __init memory, is taken for data':
    'slab 对象旁的红区（red zone）或已释放的 __init 内存被当作数据',
  'Check for __init functions or data used after the boot, and for an access beyond the object.':
    '检查启动完成后是否还在使用 __init 的函数或数据，以及是否越界访问对象。',
  written: '写入',
  executed: '执行',
  ', and {0} is 0': '，且 {0} 为 0',
  ', and {0} are 0': '，且 {~0} 均为 0',
  'An error was used as a pointer: -{0}, {1}': '错误码被当作指针使用：-{0}，{1}',
  'the address {0} is -{1}': '地址 {0} 即 -{1}',
  '{0} holds -{1} and the fault is {2} behind it': '{~0} 的值为 -{1}，出错地址在其后 {2}',
  'Find the call whose result {0} uses and check it with IS_ERR() before.':
    '找到 {~0} 使用其返回值的那次调用，先用 IS_ERR() 检查。',
  'this function': '该函数',
  'its first member, or the pointer itself': '第一个成员或指针所指本身',
  'the member at offset {0}': '偏移 {0} 处的成员',
  'A NULL pointer was used: {0} was to be {1}': '使用了空指针：要{~1}的是{~0}',
  'the fault is at address 0': '出错地址为 0',
  'the fault is at {0}, less than a page behind NULL{1}': '出错地址为 {0}，距 NULL 不到一页{~1}',
  'Look in {0} for the pointer to a struct with a member at {1}, and for who leaves it NULL.':
    '在 {~0} 中查找指向在 {1} 处有成员的结构体的指针，以及是谁使它为 NULL。',
  'A NULL pointer was used: a member at offset {0} to {1}': '使用了空指针：访问偏移 {0} 至 {1} 处的成员',
  'KASAN looked for the shadow of that address at {0}, which is no address':
    'KASAN 在 {0} 查找该地址的影子内存，而那里不是有效地址',
  'Look in {0} for the pointer to a struct with such a member, and for who leaves it NULL.':
    '在 {~0} 中查找指向有此成员的结构体的指针，以及是谁使它为 NULL。',
  'the address {0} is {1}': '地址 {0} 即 {1}',
  '{0} holds {1}, {2}': '{0} 的值为 {1}，即 {2}',
  'A pointer was overwritten by text: "{0}"': '指针被文本覆盖：“{0}”',
  'every byte of the address {0} is a character, read in the order of little-endian memory':
    '地址 {0} 的每个字节都是字符（按小端内存的顺序读出）',
  'Search the code and the data in use for this text, and for a copy beyond the end of an array next to the pointer.':
    '在代码和所用数据中搜索这段文本，并查找越过指针相邻数组末尾的复制操作。',
  'One bit of a kernel pointer is wrong: bit {0}': '内核指针有一位出错：第 {0} 位',
  '{0} is no address, and with bit {1} set it is {2}, an address of the kernel':
    '{0} 不是有效地址，把第 {1} 位置 1 后为 {2}，是内核地址',
  'If this machine has had other strange failures, test its memory before the code is searched.':
    '如果这台机器出现过其他奇怪的故障，先测试内存，再查代码。',
  'The kernel used an address of user space as a pointer of its own': '内核把用户空间的地址当作自己的指针使用',
  '{0} lies in the half of the address space that belongs to programs': '{0} 位于地址空间中属于用户程序的一半',
  'Take a pointer that came from a program only with copy_from_user(), get_user() and their like; or find who damaged the pointer.':
    '来自用户程序的指针只能用 copy_from_user()、get_user() 等访问；或者查明是谁破坏了该指针。',
  ' by {0}': '，由 {0} 调用',
  'Find the call through a pointer in {0}: an operation that was not set, or a struct that was freed or overwritten.':
    '在 {~0} 中找到通过指针进行的调用：某个操作未设置，或结构体已被释放或覆盖。',
  'an unknown address': '未知地址',
  'A NULL function pointer was called{0}': '调用了空函数指针{~0}',
  'the program counter is {0}': '程序计数器为 {0}',
  'Code of a program was to be executed by the kernel{0}': '内核要执行用户程序的代码{~0}',
  'Memory that is no code was to be executed{0}': '要执行的内存不是代码{~0}',
  'the fault is an instruction fetch at {0}': '出错的是在 {~0} 处取指令',
  'the fault is an instruction fetch at {0}, in {1}': '出错的是在 {~0} 处取指令，位于 {1}',
  'Memory that the machine does not have, or that is kept unmapped, was used through the direct map':
    '通过直接映射使用了机器没有的、或被有意取消映射的内存',
  'Suspect a damaged pointer or page frame number; with debug_pagealloc=on or secret memory also one that was freed.':
    '怀疑指针或页帧号被破坏；在 debug_pagealloc=on 或使用 secret memory 时，也可能是已释放的页。',
  'Memory of vmalloc() or ioremap() was used where none is mapped':
    '使用了 vmalloc() 或 ioremap() 区域中没有映射的地址',
  'Look for a use after vfree() or iounmap(), and for a step beyond the end of such a piece: an unmapped page guards it.':
    '检查是否在 vfree() 或 iounmap() 之后继续使用，或越过了这块区域的末尾：其后有一个不映射的保护页。',
  'The struct page of memory that does not exist was used': '使用了不存在的内存所对应的 struct page',
  'Look for where the page frame number comes from: pfn_valid() or virt_addr_valid() would say no to it.':
    '查明页帧号的来源：pfn_valid() 或 virt_addr_valid() 会判定它无效。',
  'The shadow of an address that is none was looked up: the address itself is wild':
    '查找的是无效地址的影子内存：地址本身就是野地址',
  'Shift the address back ((shadow - offset) << 3) to see which pointer was meant.':
    '把地址换算回去（(shadow - offset) << 3），即可看出原本要访问的指针。',
  'The stacks and tables of the entry code were touched where they end': '访问越过了入口代码的栈和表的边界',
  'Look for an overflow of an exception stack, or for code that keeps addresses of the entry area.':
    '检查是否有异常栈溢出，或是否有代码保存了入口区域的地址。',
  'A part of the kernel itself was used that is not mapped, or not so':
    '使用了内核自身未映射的、或映射方式不允许的部分',
  'Look for a write to read-only data, and for memory of __init that was freed after boot.':
    '检查是否写入了只读数据，或使用了启动后已释放的 __init 内存。',
  'An address of modules was used where none is loaded': '使用了模块区域中没有加载模块的地址',
  'Suspect a damaged pointer, or a module that was unloaded while a timer, a work item or a callback of it was still to run.':
    '怀疑指针被破坏，或模块已卸载而它的定时器、工作项或回调仍会运行。',
  'A fixed mapping was used that is not set up': '使用了未建立的固定映射（fixmap）',
  'Look for a use of kmap_local or early mappings after they were taken back.':
    '检查 kmap_local 或早期映射在取消之后是否仍被使用。',
  'A device did not answer: the address is of input and output memory': '设备没有应答：该地址属于 I/O 内存',
  'Look whether the device was without power or clock, or its window is not decoded.':
    '检查设备是否断电或没有时钟，或其地址窗口未被译码。',
  'A pointer that is no address at all was used: it is neither of the kernel nor of a program':
    '使用的指针根本不是有效地址：既不属于内核，也不属于用户程序',
  'Suspect that it was overwritten, or was read from memory that is no pointer; see which register holds it.':
    '怀疑它被覆盖，或是从并非指针的内存读出；看看哪个寄存器存有它。',
  'Memory was used in a way that it is mapped not to be: the {0}': '对内存的使用方式不为其映射所允许：{~0}',
  '{0} is there, and the processor says: {1}': '{0} 处有映射，处理器报告：{~1}',
  'Look for a write to what is const, __ro_after_init or code, through a pointer that drops the const.':
    '检查是否通过丢掉 const 的指针写入了 const、__ro_after_init 数据或代码。',
  '{0} lies between {1} and {2}': '{0} 位于 {1} 与 {2} 之间',
  '{0} lies between {1} and {2}, the {3} of {4}': '{0} 位于 {1} 与 {2} 之间，即 {4} 的 {~3}',
  'Look for recursion, large local arrays and long chains of drivers in the trace; scripts/checkstack.pl lists the largest frames.':
    '检查调用栈中的递归、大的局部数组和过长的驱动调用链；scripts/checkstack.pl 可列出最大的栈帧。',
  'The stack has overflowed, or is about to': '栈已溢出或即将溢出',
  "{0} is {1}, {2} the stack's limit": '{0} 为 {1}，{~2}',
  '{0} bytes below': '比栈的界限低 {0} 字节',
  'only {0} bytes above': '仅比栈的界限高 {0} 字节',
  'The page that guards the end of the stack was touched: the stack overflowed, or an array on it was left':
    '触及了栈末端的保护页：栈溢出，或栈上数组越界',
  'Memory behind the beginning of the stack was touched: an array on it was left':
    '触及了栈起点之后的内存：栈上数组越界',
  'the fault is at {0}, in another page than the stack pointer {1} and next to it':
    '出错地址为 {0}，与栈指针 {1} 不在同一页而与之相邻',
  'Look in the innermost function for an index or a length that goes beyond a local array, or a walk of the stack.':
    '在最内层函数中查找超出局部数组的下标或长度，或对栈的遍历。',
  'the code there is what the kernel fills freed init memory with (POISON_FREE_INITMEM)':
    '那里的代码是内核用来填充已释放的 init 内存的值（POISON_FREE_INITMEM）',
  'Find who calls or keeps a pointer to a function or data marked __init; modpost warns of it as a section mismatch.':
    '查明是谁调用了标为 __init 的函数，或保存了指向其函数或数据的指针；modpost 会以 section mismatch 警告。',
  'The address came from {0}: {1}': '地址来自 {~0}：{1}',
  '{0} is {1}, where the fault is: {2}': '{0} 为 {1}，即出错地址：{2}',
  '{0} comes to {1}: {2}': '{0} 算得 {1}：{2}',
  'Find where {0} gets {1}: the instructions before, and the source with --vmlinux.':
    '查明 {~0} 从何处得到 {1}：看此前的指令，用 --vmlinux 可看源代码。',
  called: '调用',
  '{0} is {1}: {2} was to be {3}': '{0} 为 {~1}：要{~3} {2}',
  '{0} is a {1}, the debug information puts it into {2}, and {3} is at {4}':
    '{0} 的类型为 {1}，调试信息表明它在 {2} 中，{3} 位于 {4}',
  '{0} is a {1}, the instructions before load it into {2}, and {3} is at {4}':
    '{0} 的类型为 {1}，此前的指令把它载入 {2}，{3} 位于 {4}',
  'See who sets {0}, and on which way it is not set or no longer valid.':
    '查明是谁设置 {0}，以及在哪条路径上它没有设置或已失效。',
  'no valid pointer': '无效指针',
  'the error {0}': '错误码 {0}',
  'Code of __init was called after it was freed': '__init 代码在释放后被调用',
  'Code of __init was called after it was freed: {0}': '__init 代码在释放后被调用：{0}',
}
