// SPDX-License-Identifier: GPL-2.0
/*
 * Faultline's lab: wrongs that only a kernel with its checks on complains of. Write a name to the debugfs file "fl_checks".
 *
 * Each lock is used by one wrong alone, since lockdep judges the whole history of a lock, and speaks once in a boot.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

static DEFINE_MUTEX(fl_first);
static DEFINE_MUTEX(fl_second);

/* First before second, then second before first: two tasks that do one each may wait for each other for ever. */
static noinline void fl_first_then_second(void)
{
	mutex_lock(&fl_first);
	mutex_lock(&fl_second);
	mutex_unlock(&fl_second);
	mutex_unlock(&fl_first);
}

static noinline void fl_second_then_first(void)
{
	mutex_lock(&fl_second);
	mutex_lock(&fl_first);
	mutex_unlock(&fl_first);
	mutex_unlock(&fl_second);
}

static noinline void fl_lock_order(void)
{
	fl_first_then_second();
	fl_second_then_first();
}

struct fl_node {
	struct mutex lock;
	struct timer_list timer;
	int value;
};

/* Two locks of one class, one inside the other, without saying that this is meant. */
static noinline void fl_lock_nested(void)
{
	static struct fl_node nodes[2];
	int index;

	for (index = 0; index < 2; index++)
		mutex_init(&nodes[index].lock);
	mutex_lock(&nodes[0].lock);
	mutex_lock(&nodes[1].lock);
	mutex_unlock(&nodes[1].lock);
	mutex_unlock(&nodes[0].lock);
}

static DEFINE_SPINLOCK(fl_shared);

static void fl_shared_timer(struct timer_list *timer)
{
	spin_lock(&fl_shared);
	spin_unlock(&fl_shared);
}

static DEFINE_TIMER(fl_lock_timer, fl_shared_timer);

static void fl_let_timer_run(void)
{
	mod_timer(&fl_lock_timer, jiffies + 1);
	schedule_timeout_uninterruptible(HZ / 5);
}

/* Taken by a timer, and by a task that the timer may interrupt while it holds it. */
static noinline void fl_lock_softirq(void)
{
	fl_let_timer_run();
	spin_lock(&fl_shared);
	spin_unlock(&fl_shared);
}

static DEFINE_SPINLOCK(fl_unsafe);

/* The same with a second lock between: fl_shared, taken by the timer, waits for fl_unsafe, which the timer may interrupt. */
static noinline void fl_lock_chain(void)
{
	spin_lock(&fl_unsafe);
	spin_unlock(&fl_unsafe);
	fl_let_timer_run();
	spin_lock_bh(&fl_shared);
	spin_lock(&fl_unsafe);
	spin_unlock(&fl_unsafe);
	spin_unlock_bh(&fl_shared);
}

static noinline void fl_lock_unbalanced(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_unlock(&lock);
}

static noinline void fl_lock_freed(void)
{
	struct fl_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	mutex_init(&node->lock);
	mutex_lock(&node->lock);
	kfree(node);
}

static noinline void fl_lock_kept(void)
{
	static DEFINE_MUTEX(lock);

	mutex_lock(&lock);
}

/* A lock of zeros that nobody initialised. */
static noinline void fl_lock_unborn(void)
{
	spinlock_t *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	spin_lock(lock);
	spin_unlock(lock);
	kfree(lock);
}

static int __rcu *fl_pointer;

static noinline void fl_rcu_unlocked(void)
{
	int *value = rcu_dereference(fl_pointer);

	if (value)
		pr_info("%d\n", *value);
}

static noinline void fl_sleep_locked(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	mutex_lock(&fl_first);
	mutex_unlock(&fl_first);
	spin_unlock(&lock);
}

static noinline void fl_sleep_in_rcu(void)
{
	rcu_read_lock();
	schedule_timeout_uninterruptible(2);
	rcu_read_unlock();
}

static noinline void fl_processor_id(void)
{
	pr_info("on CPU %d\n", smp_processor_id());
}

static DEFINE_MUTEX(fl_work_lock);

static void fl_forgetful_work(struct work_struct *work)
{
	mutex_lock(&fl_work_lock);
}
static DECLARE_WORK(fl_work, fl_forgetful_work);

static noinline void fl_work_keeps_lock(void)
{
	schedule_work(&fl_work);
}

static void fl_nothing(struct timer_list *timer)
{
}

static noinline void fl_timer_freed(void)
{
	struct fl_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	timer_setup(&node->timer, fl_nothing, 0);
	mod_timer(&node->timer, jiffies + 60 * HZ);
	kfree(node);
}

/* Without another pointer to it than this register's, which the next call overwrites. */
static noinline void fl_leak(void)
{
	struct fl_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(node);
	pr_info("leaking something of %zu bytes\n", node ? sizeof(*node) : 0);
}

static volatile int fl_number = 40;

static noinline void fl_shift(void)
{
	int by = fl_number;

	pr_info("shifted: %d\n", 1 << by);
}

static noinline void fl_bounds(void)
{
	static volatile int row[8];
	int index = fl_number / 5;

	row[index] = 1;
}

static noinline void fl_not_a_bool(void)
{
	static volatile unsigned char byte = 4;
	bool value = *(volatile bool *)&byte;

	pr_info("bool: %d\n", value);
}

static noinline void fl_bad_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	page->mapping = (void *)0x5a5a0000UL;
	__free_page(page);
}

/* Two tasks, one that counts and one that looks, for two seconds: nothing holds them apart. */
static int fl_counted;
static unsigned long fl_race_end;

static noinline void fl_count_up(void)
{
	fl_counted++;
}

static noinline int fl_look_at_count(void)
{
	return fl_counted;
}

static int fl_counting(void *unused)
{
	while (time_before(jiffies, fl_race_end)) {
		fl_count_up();
		cond_resched();
	}
	return 0;
}

static int fl_looking(void *unused)
{
	int sum = 0;

	while (time_before(jiffies, fl_race_end)) {
		sum += fl_look_at_count();
		cond_resched();
	}
	return sum & 1;
}

static noinline void fl_race(void)
{
	fl_race_end = jiffies + 2 * HZ;
	kthread_run(fl_counting, NULL, "fl_counting");
	kthread_run(fl_looking, NULL, "fl_looking");
	schedule_timeout_uninterruptible(3 * HZ);
}

#ifdef CONFIG_KFENCE
/* One allocation in some milliseconds is KFENCE's: allocates until it is, or gives up after ten seconds. */
static char *fl_guarded(size_t size)
{
	unsigned long end = jiffies + 10 * HZ;

	while (time_before(jiffies, end)) {
		char *object = kmalloc(size, GFP_KERNEL);

		if (is_kfence_address(object))
			return object;
		kfree(object);
		cond_resched();
	}
	return NULL;
}

/* Objects are at either end of their page; a page's length behind is outside at both. */
static noinline void fl_kfence_behind(void)
{
	char *object = fl_guarded(32);

	if (object) {
		pr_info("behind: %d\n", READ_ONCE(object[PAGE_SIZE]));
		kfree(object);
	}
}

static noinline void fl_kfence_after_free(void)
{
	char *object = fl_guarded(32);

	kfree(object);
	if (object)
		pr_info("after free: %d\n", READ_ONCE(object[3]));
}

/* 30 of 32 bytes are the object's: what is written behind them shows when it is freed. */
static noinline void fl_kfence_corrupts(void)
{
	char *object = fl_guarded(30);

	if (object) {
		WRITE_ONCE(object[30], 0x5a);
		kfree(object);
	}
}

static noinline void fl_kfence_free_inside(void)
{
	char *object = fl_guarded(32);

	if (object) {
		kfree(object + 8);
		kfree(object);
	}
}
#endif

static const struct {
	const char *name;
	void (*happens)(void);
} fl_checks[] = {
	{ "lock_order", fl_lock_order },
	{ "lock_nested", fl_lock_nested },
	{ "lock_softirq", fl_lock_softirq },
	{ "lock_chain", fl_lock_chain },
	{ "lock_unbalanced", fl_lock_unbalanced },
	{ "lock_freed", fl_lock_freed },
	{ "lock_kept", fl_lock_kept },
	{ "lock_unborn", fl_lock_unborn },
	{ "rcu_unlocked", fl_rcu_unlocked },
	{ "sleep_locked", fl_sleep_locked },
	{ "sleep_in_rcu", fl_sleep_in_rcu },
	{ "processor_id", fl_processor_id },
	{ "work_keeps_lock", fl_work_keeps_lock },
	{ "timer_freed", fl_timer_freed },
	{ "leak", fl_leak },
	{ "shift", fl_shift },
	{ "bounds", fl_bounds },
	{ "not_a_bool", fl_not_a_bool },
	{ "bad_page", fl_bad_page },
	{ "race", fl_race },
#ifdef CONFIG_KFENCE
	{ "kfence_behind", fl_kfence_behind },
	{ "kfence_after_free", fl_kfence_after_free },
	{ "kfence_corrupts", fl_kfence_corrupts },
	{ "kfence_free_inside", fl_kfence_free_inside },
#endif
};

static ssize_t fl_write(struct file *file, const char __user *text, size_t size, loff_t *offset)
{
	char name[32] = "";
	size_t index;

	if (size >= sizeof(name) || copy_from_user(name, text, size))
		return -EINVAL;
	for (index = 0; index < ARRAY_SIZE(fl_checks); index++) {
		if (strcmp(strim(name), fl_checks[index].name))
			continue;
		fl_checks[index].happens();
		return size;
	}
	return -ENOENT;
}

static const struct file_operations fl_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = fl_write,
};

static struct dentry *fl_file;

static int __init fl_init(void)
{
	fl_file = debugfs_create_file("fl_checks", 0200, NULL, NULL, &fl_operations);
	return 0;
}

static void __exit fl_exit(void)
{
	debugfs_remove(fl_file);
}

module_init(fl_init);
module_exit(fl_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faultline's lab: what a kernel's own checks complain of");
