// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own announcements, each of which becomes a record. What a chain's members may do differs: the chains of
 * oopses and panics run with interrupts off, perhaps in an NMI; those of reboots and of memory may sleep.
 */
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/kmsg_dump.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#ifdef FL_PANIC_NOTIFIER_H
#include <linux/panic_notifier.h>
#endif
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/sched/signal.h>
#include <linux/utsname.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "faultline.h"

/* The kernel has said all about a kill by then. */
#define FL_OOM_REPORT (HZ / 2)
#define FL_FACTS_BYTES 512
#define FL_ANCESTORS 8

static atomic_t fl_panicked = ATOMIC_INIT(0);

static void fl_write_facts(struct fl_open *record)
{
	char facts[FL_FACTS_BYTES];
	struct task_struct *task = current;
	int length, depth;

	length = scnprintf(facts, sizeof(facts), "release=%s\nversion=%s\nmachine=%s\n", init_utsname()->release,
			   init_utsname()->version, init_utsname()->machine);
	/* Who asked for it: the task and those that it comes from. In an interrupt it is nobody's doing. */
	if (record->kind >= FL_OOM && !in_interrupt()) {
		length += scnprintf(facts + length, sizeof(facts) - length, "asked=");
		rcu_read_lock();
		for (depth = 0; depth < FL_ANCESTORS && task && task->pid; depth++) {
			length += scnprintf(facts + length, sizeof(facts) - length, "%s%.16s[%d]", depth ? " < " : "",
					    task->comm, task->pid);
			task = rcu_dereference(task->real_parent);
		}
		rcu_read_unlock();
		length += scnprintf(facts + length, sizeof(facts) - length, "\n");
	}
	fl_record_facts(record, facts, length);
}

static void fl_write_log(struct fl_open *record, struct kmsg_dumper *dumper)
{
	u32 room;
	size_t length = 0;
	u8 *data = fl_record_room(record, &room);
#ifdef FL_KMSG_DUMP_ITER
	struct kmsg_dump_iter iter;

	kmsg_dump_rewind(&iter);
	kmsg_dump_get_buffer(&iter, true, data, room, &length);
#else
	if (!dumper)
		return;
	kmsg_dump_get_buffer(dumper, true, data, room, &length);
#endif
	if (length)
		fl_record_section(record, FL_LOG, length, 0);
}

static int fl_on_die(struct notifier_block *block, unsigned long value, void *data)
{
	struct die_args *args = data;
	struct fl_event event = {
		.kind = FL_OOPS,
		.reason = args->str,
		.regs = args->regs,
		.error_code = args->err,
		.trap = args->trapnr,
		.signal = args->signr,
	};
	struct fl_open *record;

	if (value != DIE_OOPS)
		return NOTIFY_DONE;
	/* The log follows when the kernel has said all: fl_on_dump(). */
	record = fl_record_begin(&event);
	if (record)
		fl_write_facts(record);
	return NOTIFY_DONE;
}

static int fl_on_panic(struct notifier_block *block, unsigned long value, void *message)
{
	struct fl_event event = { .kind = FL_PANIC, .reason = message };
	struct fl_open *record = fl_record_begin(&event);

	atomic_set(&fl_panicked, 1);
	if (record)
		fl_write_facts(record);
	return NOTIFY_DONE;
}

static int fl_on_reboot(struct notifier_block *block, unsigned long value, void *command)
{
	struct fl_event event = {
		.kind = value == SYS_HALT ? FL_HALT : value == SYS_POWER_OFF ? FL_POWER_OFF : FL_RESTART,
		.reason = command,
	};
	struct fl_open *record = fl_record_begin(&event);

	if (record)
		fl_write_facts(record);
	return NOTIFY_DONE;
}

static void fl_oom_reported(struct work_struct *work)
{
	struct fl_open *record;

	while ((record = fl_record_find(FL_OOM, NULL))) {
		fl_write_log(record, NULL);
		fl_record_end(record, false);
	}
}

static DECLARE_DELAYED_WORK(fl_oom_work, fl_oom_reported);

static int fl_on_oom(struct notifier_block *block, unsigned long unused, void *freed)
{
	struct fl_event event = { .kind = FL_OOM, .reason = "out of memory" };
	struct fl_open *record;

	/* One shortage asks again and again until something has been freed. */
	if (fl_record_find(FL_OOM, NULL))
		return NOTIFY_OK;
	record = fl_record_begin(&event);
	if (record) {
		fl_write_facts(record);
		schedule_delayed_work(&fl_oom_work, FL_OOM_REPORT);
	}
	return NOTIFY_OK;
}

/* The record that these last words belong to; a new one when nothing announced them. */
static struct fl_open *fl_dumped(enum kmsg_dump_reason reason, const char *text)
{
	static const enum fl_kind orderly[] = { FL_RESTART, FL_HALT, FL_POWER_OFF };
	struct fl_event event = { .reason = text };
	struct fl_open *record = NULL;
	size_t i;

	switch (reason) {
	case KMSG_DUMP_OOPS:
		event.kind = FL_OOPS;
		record = fl_record_find(FL_OOPS, current);
		break;
	case KMSG_DUMP_PANIC:
		event.kind = FL_PANIC;
		record = fl_record_find(FL_PANIC, NULL);
		break;
	case KMSG_DUMP_EMERG:
		/* After a panic the restart is no news. */
		if (atomic_read(&fl_panicked))
			return NULL;
		event.kind = FL_EMERGENCY;
		break;
	case KMSG_DUMP_SHUTDOWN:
		event.kind = FL_RESTART;
		for (i = 0; i < ARRAY_SIZE(orderly) && !record; i++)
			record = fl_record_find(orderly[i], NULL);
		break;
	default:
		return NULL;
	}
	if (record)
		return record;
	record = fl_record_begin(&event);
	if (record)
		fl_write_facts(record);
	return record;
}

#ifdef FL_KMSG_DUMP_DETAIL
static void fl_on_dump(struct kmsg_dumper *dumper, struct kmsg_dump_detail *detail)
{
	enum kmsg_dump_reason reason = detail->reason;
	const char *text = detail->description;
#else
static void fl_on_dump(struct kmsg_dumper *dumper, enum kmsg_dump_reason reason)
{
	const char *text = NULL;
#endif
	struct fl_open *record = fl_dumped(reason, text);

	if (!record)
		return;
	fl_write_log(record, dumper);
	fl_record_end(record, reason != KMSG_DUMP_OOPS);
}

static struct notifier_block fl_die_block = { .notifier_call = fl_on_die, .priority = INT_MAX };
static struct notifier_block fl_panic_block = { .notifier_call = fl_on_panic, .priority = INT_MAX };
static struct notifier_block fl_reboot_block = { .notifier_call = fl_on_reboot, .priority = INT_MAX };
static struct notifier_block fl_oom_block = { .notifier_call = fl_on_oom };
static struct kmsg_dumper fl_dumper = { .dump = fl_on_dump, .max_reason = KMSG_DUMP_SHUTDOWN };

static int fl_add_panic(void)
{
	return atomic_notifier_chain_register(&panic_notifier_list, &fl_panic_block);
}

static void fl_remove_panic(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &fl_panic_block);
}

static int fl_add_die(void)
{
	return register_die_notifier(&fl_die_block);
}

static void fl_remove_die(void)
{
	unregister_die_notifier(&fl_die_block);
}

static int fl_add_reboot(void)
{
	return register_reboot_notifier(&fl_reboot_block);
}

static void fl_remove_reboot(void)
{
	unregister_reboot_notifier(&fl_reboot_block);
}

static int fl_add_oom(void)
{
	return register_oom_notifier(&fl_oom_block);
}

static void fl_remove_oom(void)
{
	unregister_oom_notifier(&fl_oom_block);
	cancel_delayed_work_sync(&fl_oom_work);
}

static int fl_add_dumper(void)
{
	return kmsg_dump_register(&fl_dumper);
}

static void fl_remove_dumper(void)
{
	kmsg_dump_unregister(&fl_dumper);
}

/* In this order; taken away in the other. The dumper first: who is announced finds somebody who writes the log. */
static const struct {
	const char *name;
	int (*add)(void);
	void (*remove)(void);
} chains[] = {
	{ "kmsg_dump", fl_add_dumper, fl_remove_dumper },
	{ "panic", fl_add_panic, fl_remove_panic },
	{ "die", fl_add_die, fl_remove_die },
	{ "oom", fl_add_oom, fl_remove_oom },
	{ "reboot", fl_add_reboot, fl_remove_reboot },
};

static int fail_at = -1;
module_param(fail_at, int, 0444);
MODULE_PARM_DESC(fail_at, "for tests: the registration with this number fails");

static void fl_remove(int count)
{
	while (count-- > 0)
		chains[count].remove();
}

int fl_events_open(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(chains); i++) {
		int error = i == fail_at ? -EIO : chains[i].add();

		if (error) {
			pr_err("faultline: cannot join the %s chain: %d\n", chains[i].name, error);
			fl_remove(i);
			return error;
		}
	}
	return 0;
}

void fl_events_close(void)
{
	fl_remove(ARRAY_SIZE(chains));
}
