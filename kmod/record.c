// SPDX-License-Identifier: GPL-2.0
/*
 * Records: made in memory that was taken when the module was loaded, stored piece by piece. Everything here may run in
 * any context, NMI too: nothing sleeps, allocates or waits, and the work is bounded by the size of a slot.
 */
#include <linux/crc32.h>
#include <linux/cred.h>
#include <linux/hardirq.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>
#include <linux/uuid.h>
#include <linux/vmalloc.h>

#include "faultline.h"

/* An open record that nobody came back for: the oops was none after all, or its task is stuck. */
#define FL_STALE (10 * HZ)

static struct fl_open fl_open[FL_OPEN];
static atomic64_t fl_sequence = ATOMIC64_INIT(0);
static atomic_t fl_nth = ATOMIC_INIT(0);
static atomic64_t fl_last_oops = ATOMIC64_INIT(0);
atomic_t fl_missed = ATOMIC_INIT(0);

static char *boot_id = "";
module_param(boot_id, charp, 0444);
MODULE_PARM_DESC(boot_id, "this boot's id, as /proc/sys/kernel/random/boot_id has it; a random one without");
static uuid_t fl_boot;

/* A 64-bit division is not to be had everywhere. */
static u32 fl_slot_of(u64 sequence)
{
	return do_div(sequence, fl_window.slots);
}

static u32 fl_crc(const void *bytes, size_t length, u32 before)
{
	return ~crc32_le(~before, bytes, length);
}

static enum fl_context fl_context(void)
{
	if (in_nmi())
		return FL_NMI;
	if (hardirq_count())
		return FL_HARDIRQ;
	/* not: a task that has softirqs switched off */
	return in_serving_softirq() ? FL_SOFTIRQ : FL_TASK;
}

static u64 fl_taint(void)
{
	u64 mask = 0;
	unsigned int flag;

	for (flag = 0; flag < TAINT_FLAGS_COUNT; flag++)
		if (test_taint(flag))
			mask |= 1ULL << flag;
	return mask;
}

static struct fl_open *fl_claim(enum fl_kind kind)
{
	/* The first is kept for the panic, behind which nothing comes. */
	int i = kind == FL_PANIC ? 0 : 1;

	for (; i < FL_OPEN; i++) {
		struct fl_open *record = &fl_open[i];

		if (atomic_cmpxchg(&record->claimed, 0, 1) == 0)
			return record;
	}
	for (i = 1; i < FL_OPEN; i++) {
		struct fl_open *record = &fl_open[i];

		/* 2: whoever sees it stale first has it */
		if (time_after(jiffies, record->since + FL_STALE) && atomic_cmpxchg(&record->claimed, 1, 2) == 1) {
			atomic_set(&record->claimed, 1);
			return record;
		}
	}
	return NULL;
}

static void fl_write_header(struct fl_open *record, const struct fl_event *event)
{
	struct fl_header *header = (struct fl_header *)record->bytes;

	memset(header, 0, sizeof(*header));
	header->magic = FL_MAGIC;
	header->version = FL_VERSION;
	header->header_bytes = sizeof(*header);
	header->slot_bytes = fl_window.slot_bytes;
	header->word_bytes = sizeof(long);
	header->sequence = record->sequence;
	header->realtime_ns = ktime_get_real_fast_ns();
	header->monotonic_ns = ktime_get_mono_fast_ns();
	header->error_code = event->error_code;
	header->trap = event->trap;
	header->signal = event->signal;
	header->kind = event->kind;
	header->context = fl_context();
	header->elf_machine = fl_elf_machine();
	header->cpu = raw_smp_processor_id();
	header->pid = current->pid;
	header->tgid = current->tgid;
	header->uid = from_kuid(&init_user_ns, current_uid());
	header->taint = fl_taint();
	header->nth = atomic_inc_return(&fl_nth);
	header->follows = event->kind == FL_OOPS ? 0 : atomic64_read(&fl_last_oops);
	header->missed = atomic_read(&fl_missed);
	memcpy(header->comm, current->comm, sizeof(header->comm));
	export_uuid(header->boot_id, &fl_boot);
	strscpy(header->reason, event->reason ? event->reason : "", sizeof(header->reason));
	if (event->regs) {
		header->pc = instruction_pointer(event->regs);
		header->sp = kernel_stack_pointer(event->regs);
	} else {
		header->pc = (unsigned long)__builtin_return_address(0);
		header->sp = (unsigned long)__builtin_frame_address(0);
	}
	header->crc = fl_crc(header, offsetof(struct fl_header, crc), 0);
	record->used = sizeof(*header);
	fl_window.store(record->slot, 0, header, sizeof(*header));
}

u8 *fl_record_room(struct fl_open *record, u32 *room)
{
	u32 start = record->used + sizeof(struct fl_section);
	/* the end always finds its place */
	u32 limit = fl_window.slot_bytes - sizeof(struct fl_section);

	*room = start < limit ? (limit - start) & ~7u : 0;
	return record->bytes + start;
}

void fl_record_section(struct fl_open *record, enum fl_section_type type, u32 length, u16 flags)
{
	struct fl_section *section = (struct fl_section *)(record->bytes + record->used);
	u32 whole = sizeof(*section) + ALIGN(length, 8);

	section->magic = FL_SECTION_MAGIC;
	section->type = type;
	section->flags = flags;
	section->length = length;
	section->crc = fl_crc(&record->sequence, sizeof(record->sequence), 0);
	section->crc = fl_crc(&section->type, offsetof(struct fl_section, crc) - offsetof(struct fl_section, type),
			      section->crc);
	section->crc = fl_crc(section + 1, length, section->crc);
	memset((u8 *)(section + 1) + length, 0, ALIGN(length, 8) - length);
	fl_window.store(record->slot, record->used, section, whole);
	record->used += whole;
}

/* What can be read of the memory from `address` on, up to `length` bytes, a word at a time: a stack ends anywhere. */
static u32 fl_read_words(void *to, unsigned long address, u32 length)
{
	u32 done;

#ifndef FL_NOFAULT
	unsigned long start = (unsigned long)task_stack_page(current);

	/* Without a read that may fail, only memory that is certainly there: the task's own stack. */
	if (address < start || address >= start + THREAD_SIZE)
		return 0;
	length = min_t(unsigned long, length, start + THREAD_SIZE - address);
#endif
	for (done = 0; done + sizeof(long) <= length; done += sizeof(long)) {
#ifdef FL_NOFAULT
		if (copy_from_kernel_nofault(to + done, (void *)(address + done), sizeof(long)))
			break;
#else
		memcpy(to + done, (void *)(address + done), sizeof(long));
#endif
	}
	return done;
}

static void fl_write_stack(struct fl_open *record, unsigned long address)
{
	u32 room, length;
	u64 start = address;
	u8 *data = fl_record_room(record, &room);

	address &= ~(sizeof(long) - 1);
	start = address;
	if (room < sizeof(start) + sizeof(long))
		return;
	/* The log is worth more than the far end of the stack. */
	length = min3(room - (u32)sizeof(start), FL_STACK_BYTES, fl_window.slot_bytes / 4);
	length = fl_read_words(data + sizeof(start), address, length);
	if (!length)
		return;
	memcpy(data, &start, sizeof(start));
	fl_record_section(record, FL_STACK, sizeof(start) + length, 0);
}

static void fl_write_registers(struct fl_open *record, const struct pt_regs *regs)
{
	u32 room;
	u8 *data = fl_record_room(record, &room);
	u32 count = fl_registers(regs, (struct fl_register *)data, room / sizeof(struct fl_register));

	if (count)
		fl_record_section(record, FL_REGISTERS, count * sizeof(struct fl_register), 0);
}

struct fl_open *fl_record_begin(const struct fl_event *event)
{
	struct fl_open *record = fl_claim(event->kind);
	struct fl_header *header;

	if (!record) {
		atomic_inc(&fl_missed);
		return NULL;
	}
	record->kind = event->kind;
	record->task = current;
	record->since = jiffies;
	record->sequence = atomic64_inc_return(&fl_sequence);
	record->slot = fl_slot_of(record->sequence);
	fl_write_header(record, event);
	header = (struct fl_header *)record->bytes;
	if (event->kind == FL_OOPS)
		atomic64_set(&fl_last_oops, record->sequence);
	fl_announce(header);
	if (event->regs)
		fl_write_registers(record, event->regs);
	if (event->kind == FL_OOPS || event->kind == FL_PANIC)
		fl_write_stack(record, header->sp);
	return record;
}

void fl_record_facts(struct fl_open *record, const char *facts, u32 length)
{
	u32 room;
	u8 *data = fl_record_room(record, &room);

	length = min(length, room);
	memcpy(data, facts, length);
	fl_record_section(record, FL_FACTS, length, 0);
}

struct fl_open *fl_record_find(enum fl_kind kind, struct task_struct *task)
{
	int i;

	for (i = 0; i < FL_OPEN; i++) {
		struct fl_open *record = &fl_open[i];

		if (atomic_read(&record->claimed) == 1 && record->kind == kind && (!task || record->task == task))
			return record;
	}
	return NULL;
}

void fl_record_end(struct fl_open *record, bool dying)
{
	fl_record_section(record, FL_END, 0, 0);
	/* closed: nobody finds it any more */
	atomic_set(&record->claimed, 3);
	if (fl_window.finish)
		fl_window.finish(record, dying);
	else
		atomic_set_release(&record->claimed, 0);
}

/* Numbers go on where the last boot ended. */
static int fl_last_sequence(u64 *last)
{
	struct fl_header header;
	u32 slot;
	int error;

	*last = 0;
	for (slot = 0; slot < fl_window.slots; slot++) {
		error = fl_window.load(slot, &header, sizeof(header));
		if (error)
			return error;
		if (header.magic != FL_MAGIC || header.header_bytes != sizeof(header) ||
		    header.crc != fl_crc(&header, offsetof(struct fl_header, crc), 0))
			continue;
		if (header.sequence > *last)
			*last = header.sequence;
	}
	return 0;
}

int fl_records_open(void)
{
	u64 last;
	int i, error = fl_last_sequence(&last);

	if (error)
		return error;
	atomic64_set(&fl_sequence, fl_window.ready ? fl_window.ready(last) : last);
	if (uuid_parse(boot_id, &fl_boot)) {
		if (*boot_id) {
			pr_err("faultline: boot_id=%s is no UUID\n", boot_id);
			return -EINVAL;
		}
		uuid_gen(&fl_boot);
	}
	for (i = 0; i < FL_OPEN; i++) {
		fl_open[i].bytes = vzalloc(fl_window.slot_bytes);
		if (!fl_open[i].bytes) {
			fl_records_close();
			return -ENOMEM;
		}
	}
	return 0;
}

void fl_records_close(void)
{
	int i;

	for (i = 0; i < FL_OPEN; i++) {
		vfree(fl_open[i].bytes);
		fl_open[i].bytes = NULL;
	}
}
