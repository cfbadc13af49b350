// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/faultline: each read() gives one event as a line of text, poll() waits for the next. Every reader has a place of
 * its own; a slow one is told by `lost=` how many were overwritten before it came.
 */
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "faultline.h"

#define FL_EVENTS 64 /* a power of two */
#define FL_LINE_BYTES 640

struct fl_told {
	/* 2n + 1 while event n is written, 2n + 2 when it is there */
	atomic64_t state;
	struct fl_header header;
};

static struct fl_told fl_told[FL_EVENTS];
static atomic64_t fl_count = ATOMIC64_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(fl_wait);

struct fl_reader {
	u64 next;
	struct mutex lock;
	/* of the read under way */
	struct fl_header header;
	char line[FL_LINE_BYTES];
};

static const char *const kinds[] = {
	[FL_OOPS] = "oops",	  [FL_PANIC] = "panic", [FL_OOM] = "oom",	      [FL_RESTART] = "restart",
	[FL_HALT] = "halt", [FL_POWER_OFF] = "power-off", [FL_EMERGENCY] = "emergency",
};
static const char *const contexts[] = { "task", "softirq", "hardirq", "nmi" };

static void fl_wake(struct irq_work *work)
{
	wake_up_interruptible(&fl_wait);
}

static struct irq_work fl_irq_work;

/* In any context. */
void fl_announce(const struct fl_header *header)
{
	u64 number = atomic64_inc_return(&fl_count) - 1;
	struct fl_told *told = &fl_told[number & (FL_EVENTS - 1)];

	atomic64_set(&told->state, 2 * number + 1);
	smp_wmb();
	told->header = *header;
	smp_wmb();
	atomic64_set(&told->state, 2 * number + 2);
	irq_work_queue(&fl_irq_work);
}

/* Event `number`: 1 there, 0 not yet, -1 overwritten. */
static int fl_take(u64 number, struct fl_header *header)
{
	struct fl_told *told = &fl_told[number & (FL_EVENTS - 1)];
	u64 state = atomic64_read(&told->state);

	if (state < 2 * number + 2)
		return 0;
	if (state > 2 * number + 2)
		return -1;
	smp_rmb();
	*header = told->header;
	smp_rmb();
	return (u64)atomic64_read(&told->state) == state ? 1 : -1;
}

/* Text between quotes: what is not plain is \xNN, as in /dev/kmsg. */
static int fl_quote(char *to, int room, const char *text, size_t length)
{
	int used = 0;
	size_t i;

	for (i = 0; i < length && text[i]; i++) {
		unsigned char c = text[i];

		if (isascii(c) && isprint(c) && c != '"' && c != '\\')
			used += scnprintf(to + used, room - used, "%c", c);
		else
			used += scnprintf(to + used, room - used, "\\x%02x", c);
	}
	return used;
}

static int fl_print(char *line, const struct fl_header *event, u64 lost)
{
	int used = scnprintf(line, FL_LINE_BYTES,
			     "%llu kind=%s time_ns=%llu real_ns=%llu cpu=%u context=%s pid=%u tgid=%u uid=%u pc=0x%llx "
			     "error=%lld trap=%d signal=%d lost=%llu comm=\"",
			     event->sequence, kinds[event->kind], event->monotonic_ns, event->realtime_ns, event->cpu,
			     contexts[event->context], event->pid, event->tgid, event->uid, event->pc, event->error_code,
			     event->trap, event->signal, lost);

	used += fl_quote(line + used, FL_LINE_BYTES - used - 16, event->comm, sizeof(event->comm));
	used += scnprintf(line + used, FL_LINE_BYTES - used, "\" reason=\"");
	used += fl_quote(line + used, FL_LINE_BYTES - used - 4, event->reason, sizeof(event->reason));
	return used + scnprintf(line + used, FL_LINE_BYTES - used, "\"\n");
}

static int fl_open_reader(struct inode *inode, struct file *file)
{
	struct fl_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);
	u64 count = atomic64_read(&fl_count);

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	/* What was announced before is there, too, as far as it is kept. */
	reader->next = count > FL_EVENTS ? count - FL_EVENTS : 0;
	file->private_data = reader;
	return nonseekable_open(inode, file);
}

static int fl_release_reader(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static bool fl_has(struct fl_reader *reader)
{
	struct fl_header header;

	return fl_take(reader->next, &header) != 0;
}

static ssize_t fl_read(struct file *file, char __user *buffer, size_t length, loff_t *position)
{
	struct fl_reader *reader = file->private_data;
	u64 lost = 0, count;
	int found, used;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	for (;;) {
		found = fl_take(reader->next, &reader->header);
		if (found > 0)
			break;
		if (found < 0) {
			count = atomic64_read(&fl_count);
			lost += count - FL_EVENTS / 2 - reader->next;
			reader->next = count - FL_EVENTS / 2;
			continue;
		}
		mutex_unlock(&reader->lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(fl_wait, fl_has(reader)))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&reader->lock))
			return -ERESTARTSYS;
	}
	used = fl_print(reader->line, &reader->header, lost);
	if (used > length)
		used = -EINVAL;
	else if (copy_to_user(buffer, reader->line, used))
		used = -EFAULT;
	else
		reader->next++;
	mutex_unlock(&reader->lock);
	return used;
}

static __poll_t fl_poll(struct file *file, poll_table *wait)
{
	struct fl_reader *reader = file->private_data;

	poll_wait(file, &fl_wait, wait);
	return fl_has(reader) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations fl_operations = {
	.owner = THIS_MODULE,
	.open = fl_open_reader,
	.release = fl_release_reader,
	.read = fl_read,
	.poll = fl_poll,
};

static ssize_t missed_show(struct device *device, struct device_attribute *attribute, char *to)
{
	return sysfs_emit(to, "%d\n", atomic_read(&fl_missed));
}
static DEVICE_ATTR_RO(missed);

static ssize_t announced_show(struct device *device, struct device_attribute *attribute, char *to)
{
	return sysfs_emit(to, "%lld\n", (long long)atomic64_read(&fl_count));
}
static DEVICE_ATTR_RO(announced);

static ssize_t window_show(struct device *device, struct device_attribute *attribute, char *to)
{
	return sysfs_emit(to, "%s %u %u\n", fl_window.name, fl_window.slots, fl_window.slot_bytes);
}
static DEVICE_ATTR_RO(window);

static struct attribute *fl_device_attrs[] = {
	&dev_attr_missed.attr,
	&dev_attr_announced.attr,
	&dev_attr_window.attr,
	NULL,
};
ATTRIBUTE_GROUPS(fl_device);

static struct miscdevice fl_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "faultline",
	.fops = &fl_operations,
	.groups = fl_device_groups,
	.mode = 0400,
};

int fl_device_open(void)
{
	init_irq_work(&fl_irq_work, fl_wake);
	return misc_register(&fl_device);
}

void fl_device_close(void)
{
	misc_deregister(&fl_device);
	irq_work_sync(&fl_irq_work);
}
