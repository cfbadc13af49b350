// SPDX-License-Identifier: GPL-2.0
/*
 * Faultline's lab: kernel faults whose line, inlined callers, struct member and call chain are known.
 *
 * A line marked "at NAME" is the one where fault NAME happens; lab/module/lines.ts reads these marks. Write a fault's name
 * to the debugfs file "fl" to make it happen, or load the module with fault=NAME to have it happen in the module's init.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

static char *fault = "";
module_param(fault, charp, 0444);

/* How long a fault that ends by itself lasts. */
static unsigned int seconds = 30;
module_param(seconds, uint, 0644);

/* Offsets that a fault address shows: deep.gear 0x30 and deep.speed 0x48 on 64-bit machines, 0x28 and 0x3c on 32-bit ones. */
struct fl_engine {
	int kind;
	char name[28];
	struct list_head on;
	struct {
		long gear;
		unsigned char pad[16];
		long speed;
	} deep;
	struct fl_engine *next;
};

static struct fl_engine *volatile fl_none;
static volatile unsigned long fl_zero;
static DEFINE_SPINLOCK(fl_spinlock);
static DEFINE_MUTEX(fl_mutex);

/* One call deep, to the letter. */
static noinline long fl_null_read(void)
{
	struct fl_engine *engine = fl_none;
	return READ_ONCE(engine->deep.speed); /* at null_read */
}

static noinline void fl_null_write(void)
{
	struct fl_engine *engine = fl_none;
	WRITE_ONCE(engine->kind, 4711); /* at null_write */
}

/* Inlined three deep: a symbolizer must say fl_innermost, inlined into fl_inner, inlined into fl_outer. */
static __always_inline long fl_innermost(struct fl_engine *engine)
{
	return READ_ONCE(engine->deep.gear); /* at inlined */
}

static __always_inline long fl_inner(struct fl_engine *engine)
{
	return fl_innermost(engine) + 1; /* at inlined, caller 1 */
}

static noinline long fl_outer(void)
{
	return fl_inner(fl_none) * 3; /* at inlined, caller 2 */
}

/* A member of a struct that is reached through a list of two. */
static noinline long fl_chain(struct fl_engine *first)
{
	return READ_ONCE(first->next->next->deep.speed); /* at chained */
}

static noinline void fl_chained(void)
{
	struct fl_engine *first = kzalloc(sizeof(*first), GFP_KERNEL);
	struct fl_engine *second = kzalloc(sizeof(*second), GFP_KERNEL);

	if (first && second) {
		first->next = second;
		fl_zero = fl_chain(first);
	}
}

/*
 * fl_tail_jump calls fl_tail_end as its last act: no frame of fl_tail_jump is left when that fails. Everywhere else
 * lab/modules.ts has calls stay calls.
 */
static noinline long fl_tail_end(struct fl_engine *engine)
{
	return READ_ONCE(engine->deep.speed); /* at tail_call */
}

static noinline __attribute__((optimize("optimize-sibling-calls"))) long fl_tail_jump(struct fl_engine *engine)
{
	return fl_tail_end(engine); /* at tail_call, caller 1 */
}

static noinline long fl_tail_call(void)
{
	return fl_tail_jump(fl_none);
}

static noinline long fl_wild_read(void)
{
	unsigned long top = (unsigned long)&fl_zero & ~0xffffffffUL;
	struct fl_engine *volatile engine = (void *)(0xdead0000UL | top);

	return READ_ONCE(engine->deep.speed); /* at wild_read */
}

static noinline long fl_poison_read(void)
{
	struct fl_engine *volatile engine = (void *)(~0UL / 0xff * 0x6b);

	return READ_ONCE(engine->deep.speed); /* at poison_read */
}

static noinline long fl_freed_list(void)
{
	struct fl_engine *engine = kzalloc(sizeof(*engine), GFP_KERNEL);
	LIST_HEAD(list);

	list_add(&engine->on, &list);
	list_del(&engine->on);
	return READ_ONCE(list_next_entry(engine, on)->kind); /* at freed_list */
}

static noinline unsigned long fl_divide(void)
{
	unsigned long divisor = fl_zero;
	unsigned long quotient = 4711UL / divisor; /* at divide */

	barrier_data(&quotient);
	return quotient;
}

static noinline void fl_bug(void)
{
	BUG(); /* at bug */
}

static noinline void fl_bug_on(void)
{
	BUG_ON(!fl_zero); /* at bug_on */
}

static noinline void fl_warn(void)
{
	WARN_ON(!fl_zero); /* at warn */
}

static noinline void fl_warn_text(void)
{
	WARN(1, "fl: pump %d of %s is dry\n", 42, "house"); /* at warn_text */
}

static noinline void fl_panic(void)
{
	panic("fl: deliberate panic %d", 17); /* at panic */
}

static noinline void fl_call_null(void)
{
	void (*volatile function)(void) = NULL;

	function(); /* at call_null */
}

static noinline void fl_call_data(void)
{
	void (*volatile function)(void) = (void *)&fl_spinlock;

	function(); /* at call_data */
}

static noinline void fl_unlink_twice(void)
{
	struct fl_engine *engine = kzalloc(sizeof(*engine), GFP_KERNEL);
	LIST_HEAD(list);

	list_add(&engine->on, &list);
	list_del(&engine->on);
	list_del(&engine->on); /* at list_del */
}

static noinline void fl_double_free(void)
{
	void *memory = kmalloc(96, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
	kfree(memory);
	kfree(memory); /* at double_free */
}

static noinline void fl_after_free(void)
{
	volatile char *memory = kmalloc(96, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
	kfree((void *)memory);
	fl_zero = memory[40]; /* at after_free */
}

static noinline void fl_out_of_bounds(void)
{
	volatile char *memory = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
	fl_zero = memory[100]; /* at out_of_bounds */
	kfree((void *)memory);
}

static noinline void fl_sleep_in_atomic(void)
{
	spin_lock(&fl_spinlock);
	schedule_timeout_uninterruptible(2); /* at atomic */
	spin_unlock(&fl_spinlock);
}

static noinline void fl_locked_oops(void)
{
	spin_lock(&fl_spinlock);
	fl_null_read();
	spin_unlock(&fl_spinlock);
}

static noinline void fl_take_from_none(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count); /* at refcount */
}

static noinline void fl_bad_irq(void)
{
	free_irq(3, &fl_spinlock); /* at bad_irq */
}

static noinline void fl_no_memory(void)
{
	int block;

	for (block = 0; block < 400; block++)
		if (!alloc_pages(GFP_ATOMIC, 9)) /* at no_memory */
			break;
}

static noinline int fl_deeper(int depth)
{
	volatile char local[512];

	local[0] = depth;
	local[511] = depth;
	if (depth == 0x7fffffff)
		return 0;
	return fl_deeper(depth + 1) + local[0] + local[511]; /* at recursion */
}

static noinline void fl_soft_lockup(void)
{
	unsigned long end = jiffies + seconds * HZ;

	preempt_disable();
	while (time_before(jiffies, end))
		cpu_relax(); /* at soft_lockup */
	preempt_enable();
}

/* A million lines, numbered, so that a reader can count what it lost. */
static noinline void fl_storm(void)
{
	unsigned int line;

	for (line = 0; line < 1000000; line++) {
		pr_info("fl: storm line %u of 1000000\n", line);
		if (line % 50000 == 49999)
			fl_warn_text();
		if (line % 1000 == 0)
			cond_resched();
	}
}

static void fl_timer_function(struct timer_list *timer)
{
	fl_null_read();
}
static DEFINE_TIMER(fl_timer, fl_timer_function);

static struct hrtimer fl_hrtimer;
static enum hrtimer_restart fl_hrtimer_function(struct hrtimer *timer)
{
	fl_null_write();
	return HRTIMER_NORESTART;
}

static void fl_start_hrtimer(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	hrtimer_setup(&fl_hrtimer, fl_hrtimer_function, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&fl_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	fl_hrtimer.function = fl_hrtimer_function;
#endif
	hrtimer_start(&fl_hrtimer, ms_to_ktime(20), HRTIMER_MODE_REL_HARD);
}

static void fl_work_function(struct work_struct *work)
{
	fl_null_read();
}
static DECLARE_WORK(fl_work, fl_work_function);

static struct rcu_head fl_rcu;
static void fl_rcu_function(struct rcu_head *head)
{
	fl_null_read();
}

static int fl_thread_function(void *data)
{
	msleep(50);
	fl_null_write();
	return 0;
}

static int fl_second_owner(void *data)
{
	mutex_lock(&fl_mutex); /* at hung_task */
	mutex_unlock(&fl_mutex);
	return 0;
}

static noinline void fl_hung_task(void)
{
	mutex_lock(&fl_mutex);
	kthread_run(fl_second_owner, NULL, "fl_second");
}

struct fl_fault {
	const char *name;
	void (*happens)(void);
};

/* Faults that return a value, or are begun rather than called. */
static void fl_do_null_read(void) { fl_zero = fl_null_read(); }
static void fl_do_inlined(void) { fl_zero = fl_outer(); }
static void fl_do_tail_call(void) { fl_zero = fl_tail_call(); }
static void fl_do_wild_read(void) { fl_zero = fl_wild_read(); }
static void fl_do_poison_read(void) { fl_zero = fl_poison_read(); }
static void fl_do_freed_list(void) { fl_zero = fl_freed_list(); }
static void fl_do_divide(void) { fl_zero = fl_divide(); }
static void fl_do_recursion(void) { fl_zero = fl_deeper(1); }
static void fl_do_timer(void) { mod_timer(&fl_timer, jiffies + 2); }
static void fl_do_work(void) { schedule_work(&fl_work); }
static void fl_do_rcu(void) { call_rcu(&fl_rcu, fl_rcu_function); }
static void fl_do_thread(void) { kthread_run(fl_thread_function, NULL, "fl_thread/%d", 0); }
static void fl_do_restart(void) { emergency_restart(); }

static const struct fl_fault fl_faults[] = {
	{ "null_read", fl_do_null_read },
	{ "null_write", fl_null_write },
	{ "inlined", fl_do_inlined },
	{ "chained", fl_chained },
	{ "tail_call", fl_do_tail_call },
	{ "wild_read", fl_do_wild_read },
	{ "poison_read", fl_do_poison_read },
	{ "freed_list", fl_do_freed_list },
	{ "divide", fl_do_divide },
	{ "bug", fl_bug },
	{ "bug_on", fl_bug_on },
	{ "warn", fl_warn },
	{ "warn_text", fl_warn_text },
	{ "panic", fl_panic },
	{ "call_null", fl_call_null },
	{ "call_data", fl_call_data },
	{ "list_del", fl_unlink_twice },
	{ "double_free", fl_double_free },
	{ "after_free", fl_after_free },
	{ "out_of_bounds", fl_out_of_bounds },
	{ "atomic", fl_sleep_in_atomic },
	{ "locked_oops", fl_locked_oops },
	{ "refcount", fl_take_from_none },
	{ "bad_irq", fl_bad_irq },
	{ "no_memory", fl_no_memory },
	{ "recursion", fl_do_recursion },
	{ "soft_lockup", fl_soft_lockup },
	{ "storm", fl_storm },
	{ "timer", fl_do_timer },
	{ "hrtimer", fl_start_hrtimer },
	{ "work", fl_do_work },
	{ "rcu", fl_do_rcu },
	{ "thread", fl_do_thread },
	{ "hung_task", fl_hung_task },
	{ "restart", fl_do_restart },
};

static noinline int fl_happen(const char *name)
{
	size_t index;

	for (index = 0; index < ARRAY_SIZE(fl_faults); index++) {
		if (strcmp(name, fl_faults[index].name))
			continue;
		fl_faults[index].happens();
		return 0;
	}
	return -ENOENT;
}

static ssize_t fl_write(struct file *file, const char __user *text, size_t size, loff_t *offset)
{
	char name[32] = "";
	int error;

	if (size >= sizeof(name) || copy_from_user(name, text, size))
		return -EINVAL;
	error = fl_happen(strim(name));
	return error ? error : size;
}

static const struct file_operations fl_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = fl_write,
};

static struct dentry *fl_file;

static int __init fl_init(void)
{
	fl_file = debugfs_create_file("fl", 0200, NULL, NULL, &fl_operations);
	return *fault ? fl_happen(fault) : 0;
}

static void __exit fl_exit(void)
{
	debugfs_remove(fl_file);
}

module_init(fl_init);
module_exit(fl_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faultline's lab: faults that are known to the letter");
