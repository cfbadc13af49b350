// 锁、竞争和等待：core/explain 的 locking、waiting。写法见 ../../translate.ts。

export const locking: Record<string, string> = {
  ' (in {0})': '（在 {0} 中）',
  '{0} is taken while one of the same kind is held already': '已持有同类的锁时又去获取 {0}',
  'it is held{0} and wanted again{1}': '已持有{~0}又要获取{~1}',
  'If it is the same lock, this deadlocks; if they are two of one class with a fixed order, tell lockdep with a _nested() call.':
    '如果是同一把锁，就会死锁；如果是同一类中有固定顺序的两把锁，用 _nested() 系列调用告知 lockdep。',
  'Two orders of locks: here {0} is taken under {1}, and elsewhere it is the other way round':
    '加锁顺序不一致：此处在持有 {1} 时获取 {0}，别处则相反',
  '{0} is held{1} and {2} wanted{3}; the chain in the report is the other order':
    '已持有 {0}{~1}，要获取 {2}{~3}；报告中的依赖链是另一种顺序',
  'Choose one order and keep it everywhere, or give the first lock back before the other is taken.':
    '选定一种顺序并处处遵守，或先释放第一把锁再获取另一把。',
  'A lock is taken in a soft interrupt and, elsewhere, with soft interrupts on: the interrupt can wait for what it interrupted':
    '一把锁在软中断中获取，别处又在软中断开启时获取：中断可能等待被它打断者',
  'A lock is taken in an interrupt and, elsewhere, with interrupts on: the interrupt can wait for what it interrupted':
    '一把锁在中断中获取，别处又在中断开启时获取：中断可能等待被它打断者',
  'its use went from {{0}} to {{1}}': '其使用状态由 {{0}} 变为 {{1}}',
  'Take it with {0} outside of the interrupt.': '在中断之外用 {0} 获取它。',
  'A pointer under RCU was read without rcu_read_lock(), or without the lock that protects it':
    '读取 RCU 指针时没有 rcu_read_lock()，也没有持有保护它的锁',
  'Put the access between rcu_read_lock() and rcu_read_unlock(), or name the lock that is held in rcu_dereference_protected().':
    '把访问放在 rcu_read_lock() 与 rcu_read_unlock() 之间，或在 rcu_dereference_protected() 中写明所持有的锁。',
  'A lock was given back that is not held': '释放了并未持有的锁',
  'Compare the paths of the function: one of them unlocks twice, or without having locked.':
    '比较该函数的各条路径：其中一条解锁两次，或未加锁就解锁。',
  'Memory was freed with a lock in it that is still held': '释放的内存中含有仍被持有的锁',
  'Unlock before the object is freed, or keep a reference until then.': '释放对象前先解锁，或保留引用直到那时。',
  'A lock was not given back before the end of the call': '调用结束前没有释放锁',
  'Look for an error path that returns without unlocking.': '查找未解锁就返回的错误处理路径。',
  'A lock that may sleep was taken under one that does not let sleep': '在不允许睡眠的锁之下获取了可能睡眠的锁',
  'Use a raw spinlock for the inner lock, or a mutex for the outer one: spinlocks sleep with PREEMPT_RT.':
    '内层锁改用 raw spinlock，或外层锁改用互斥锁：在 PREEMPT_RT 下自旋锁会睡眠。',
  'lockdep says "{0}"': 'lockdep 报告“{0}”',
  'read-write': '读写',
  'a function': '某函数',
  interrupt: '中断',
  '{0} in {1} by {2} on CPU {3}': '{~2} 在 CPU {3} 上于 {~1} 中{~0}',
  'Two accesses to the same {0} bytes are not ordered: {1}, and one that was not seen':
    '对同样 {0} 字节的两次访问没有定序：{~1}，以及未被看到的另一次',
  'Two accesses to the same {0} bytes are not ordered: {1} and {2}': '对同样 {0} 字节的两次访问没有定序：{~1}，与 {~2}',
  'at least one of them writes, and at least one is plain': '其中至少一次是写，至少一次是普通访问',
  'Protect both by one lock; where a torn or old value does no harm, use READ_ONCE() and WRITE_ONCE(), or data_race().':
    '用同一把锁保护两者；如果撕裂的值或旧值无害，使用 READ_ONCE() 和 WRITE_ONCE()，或 data_race()。',
  ': the local variable {0}': '：局部变量 {0}',
  ': it was allocated in {0}': '：它在 {0} 中分配',
  'Memory that was never written goes to user space or out of the machine{0}':
    '从未写入的内存被传到用户空间或机器之外{~0}',
  'A value is used that was never written{0}': '使用了从未写入的值{~0}',
  'KMSAN followed the value from where it was created': 'KMSAN 从该值产生之处一直跟踪了它',
  'Set the whole struct to zero before it is filled, padding included.': '填充之前先把整个结构体清零，包括填充字节。',
  'Check which path leaves it unset; a short message or a failed call is often forgotten.':
    '检查哪条路径没有设置它；过短的消息或失败的调用常被遗漏。',
  'a mutex': '互斥锁',
  'Find the holder: lockdep (CONFIG_PROVE_LOCKING) prints it, and sysrq d or w show the other tasks.':
    '找出持有者：lockdep（CONFIG_PROVE_LOCKING）会打印，sysrq d 或 w 会显示其他任务。',
  'a read-write semaphore': '读写信号量',
  'Find the task that holds it, most often one that waits in turn; sysrq w lists all that are blocked.':
    '找出持有它的任务，它往往也在等待；sysrq w 列出所有被阻塞的任务。',
  'a semaphore': '信号量',
  'Find who should call up(); sysrq w lists all that are blocked.':
    '找出应当调用 up() 的一方；sysrq w 列出所有被阻塞的任务。',
  'input or output': '输入输出',
  'Look for errors of the disk, its controller or the network storage before this in the log.':
    '在日志中查找此前磁盘、其控制器或网络存储的错误。',
  'the journal of a file system': '文件系统的日志（journal）',
  'Look at what the journal thread itself waits for (sysrq w).': '查看日志线程自身在等待什么（sysrq w）。',
  'a server on the network': '网络上的服务器',
  'Check the server and the network; the task goes on when they answer.': '检查服务器和网络；它们应答后任务会继续。',
  'a work item to end': '工作项结束',
  'Find the worker that runs it (sysrq t) and what that waits for.':
    '找到运行它的工作线程（sysrq t），以及该线程在等待什么。',
  'an RCU grace period': 'RCU 宽限期',
  'Look for an RCU stall report: a reader that does not end.': '查找 RCU 停顿报告：有读者一直没有结束。',
  'a completion that nobody gives': '无人给出的完成量（completion）',
  'Find who should call complete() and why it did not.': '找出应当调用 complete() 的一方，以及为何没有调用。',
  'a spinlock': '自旋锁',
  'a read-write spinlock': '读写自旋锁',
  'another CPU to answer an interrupt': '另一 CPU 应答中断',
  '{0} waits for {1}': '{~0} 在等待{~1}',
  '{0} waits for {1} for more than {2} s': '{~0} 等待{~1}已超过 {2} 秒',
  '{0} waits for {1}, which {2} holds': '{~0} 在等待{~1}，持有者为 {2}',
  '{0} waits for {1} for more than {2} s, which {3} holds': '{~0} 等待{~1}已超过 {2} 秒，持有者为 {3}',
  'A task': '某任务',
  'a lock': '锁',
  'its trace stands in {0}': '它的调用栈停在 {0}',
  'the kernel names the owner of the lock': '内核指明了锁的持有者',
  'Look at what {0} does: its trace is in the log, or sysrq t prints it.':
    '查看 {0} 在做什么：日志中有它的调用栈，或用 sysrq t 打印。',
  '{0} does not let the CPU go': '{0} 不让出 CPU',
  'it is where the processor was when the watchdog looked': '看门狗检查时处理器正在那里',
  'Look for a loop without an end in it or in its callers; in a long one, cond_resched() belongs.':
    '在它或其调用者中查找没有尽头的循环；如果循环很长，应加入 cond_resched()。',
  'The CPU waits for {0}: the holder is somewhere else': 'CPU 在等待{~0}：持有者在别处',
  'The CPU waits for {0} in {1}: the holder is somewhere else': 'CPU 在 {1} 中等待{~0}：持有者在别处',
  'the trace stands in {0}': '调用栈停在 {0}',
  'Look at the traces of the other CPUs (sysrq l): one of them holds it, or nobody gave it back, or this one takes it twice.':
    '查看其他 CPU 的调用栈（sysrq l）：其中之一持有它，或没有人释放它，或这里重复获取。',
  'interrupts are off': '中断已关闭',
  'a spinlock is held or preemption is off': '持有自旋锁或抢占已关闭',
  'the section was marked as not blocking': '该段被标为不可阻塞',
  'A function that may sleep was called where nothing may: {0}': '在不允许睡眠的地方调用了可能睡眠的函数：{~0}',
  '{0}, and {1} is held': '{0}，且持有 {1}',
  'Move the call out of the section, allocate with GFP_ATOMIC, or use a mutex instead of the spinlock.':
    '把调用移出该段，用 GFP_ATOMIC 分配，或用互斥锁代替自旋锁。',
  'in an NMI': '在 NMI 中',
  'in an interrupt': '在中断中',
  'with soft interrupts running or off': '在软中断运行或关闭时',
  'with preemption off {0} deep': '在抢占关闭 {0} 层时',
  'The task gave up the CPU {0}': '任务让出了 CPU：{~0}',
  'the preemption count is 0x{0}': '抢占计数为 0x{0}',
  'Find the spinlock, get_cpu() or local_bh_disable() that is still in force at the call that slept.':
    '找出在睡眠的那次调用处仍然生效的自旋锁、get_cpu() 或 local_bh_disable()。',
}
