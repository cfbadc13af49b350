// SPDX-License-Identifier: GPL-2.0
/*
 * The window in a flash partition. Flash is erased in large units and slowly, so the units of the records to come are
 * erased ahead, in a worker; a record is written when it is whole: by the worker, or at once when the kernel dies and the
 * driver knows how to write then. The MTD layer is asked for at load, so that machines without it can load the module.
 */
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "faultline.h"

#if IS_ENABLED(CONFIG_MTD)
#include <linux/mtd/mtd.h>

static struct mtd_info *fl_mtd;
/* Offsets of the erase units that are sound. */
static u64 *fl_units;
static u32 fl_unit_count;
static u32 fl_unit_bytes;
static u32 fl_per_unit;
/* Slots of all numbers up to this one are blank. */
static u64 fl_blank_through;

#define FL_CALLS(X) X(get_mtd_device_nm) X(get_mtd_device) X(put_mtd_device) X(mtd_read) X(mtd_write) X(mtd_erase) \
	X(mtd_panic_write) X(mtd_block_isbad)
#define FL_DECLARE(name) static typeof(&name) fl_##name;
FL_CALLS(FL_DECLARE)

static void fl_mtd_release_calls(void)
{
#define FL_PUT(name) \
	do { \
		if (fl_##name) \
			symbol_put(name); \
		fl_##name = NULL; \
	} while (0);
	FL_CALLS(FL_PUT)
}

static int fl_mtd_take_calls(void)
{
	request_module("mtd");
#define FL_GET(name) \
	do { \
		fl_##name = symbol_get(name); \
		if (!fl_##name) \
			goto missing; \
	} while (0);
	FL_CALLS(FL_GET)
	return 0;
missing:
	pr_err("faultline: mtd=: this kernel has no MTD layer, or its module is not loaded\n");
	fl_mtd_release_calls();
	return -ENODEV;
}

static loff_t fl_mtd_offset(u32 slot)
{
	return fl_units[slot / fl_per_unit] + (u64)(slot % fl_per_unit) * fl_window.slot_bytes;
}

static u32 fl_mtd_slot_of(u64 sequence)
{
	return do_div(sequence, fl_window.slots);
}

static int fl_mtd_load(u32 slot, void *bytes, u32 length)
{
	size_t done;
	int error = fl_mtd_read(fl_mtd, fl_mtd_offset(slot), length, &done, bytes);

	/* bits that the chip has mended are no error */
	if (error == -EUCLEAN)
		error = 0;
	return error;
}

/* Records are not written piece by piece. */
static void fl_mtd_store(u32 slot, u32 offset, const void *bytes, u32 length)
{
}

static int fl_mtd_erase_unit(u32 unit)
{
	struct erase_info erase = { .addr = fl_units[unit], .len = fl_unit_bytes };

	return fl_mtd_erase(fl_mtd, &erase);
}

/* Blank slots for `ahead` more numbers behind `last`. */
static void fl_mtd_prepare(u64 last, u32 ahead)
{
	while (fl_blank_through < last + ahead) {
		u32 slot = fl_mtd_slot_of(fl_blank_through + 1);

		if (slot % fl_per_unit == 0 && fl_mtd_erase_unit(slot / fl_per_unit))
			pr_err("faultline: cannot erase unit %u of %s\n", slot / fl_per_unit, fl_mtd->name);
		fl_blank_through++;
	}
}

/* Records that wait to be written; a word each, so that nothing is locked. */
static struct fl_open *fl_waiting[FL_OPEN];

static void fl_mtd_write_record(struct fl_open *record, bool dying)
{
	size_t done;
	loff_t offset = fl_mtd_offset(record->slot);
	u32 page = max(fl_mtd->writesize, 1u);
	u32 length = min_t(u32, roundup(record->used, page), fl_window.slot_bytes);
	int error;

	/* Behind the record flash stays blank. */
	memset(record->bytes + record->used, 0xff, length - record->used);
	error = dying ? fl_mtd_panic_write(fl_mtd, offset, length, &done, record->bytes) :
			fl_mtd_write(fl_mtd, offset, length, &done, record->bytes);
	if (error)
		atomic_inc(&fl_missed);
	atomic_set_release(&record->claimed, 0);
}

static void fl_mtd_flush(bool dying)
{
	u64 last = 0;
	int i;

	for (i = 0; i < FL_OPEN; i++) {
		struct fl_open *record = xchg(&fl_waiting[i], NULL);

		if (!record)
			continue;
		last = max(last, record->sequence);
		fl_mtd_write_record(record, dying);
	}
	if (last && !dying)
		fl_mtd_prepare(last, FL_OPEN + 1);
}

static void fl_mtd_work(struct work_struct *work)
{
	fl_mtd_flush(false);
}

static DECLARE_WORK(fl_work, fl_mtd_work);

static void fl_mtd_finish(struct fl_open *record, bool dying)
{
	int i;

	for (i = 0; i < FL_OPEN; i++)
		if (!cmpxchg(&fl_waiting[i], NULL, record))
			break;
	/* A restart or a halt may still sleep, but its worker may not run any more. */
	if (dying)
		fl_mtd_flush(record->kind == FL_PANIC || record->kind == FL_EMERGENCY);
	else
		schedule_work(&fl_work);
}

static void fl_mtd_close(void)
{
	flush_work(&fl_work);
	if (fl_mtd)
		fl_put_mtd_device(fl_mtd);
	fl_mtd = NULL;
	kfree(fl_units);
	fl_units = NULL;
	fl_mtd_release_calls();
}

static int fl_mtd_find_units(void)
{
	u32 whole = max_t(u32, fl_mtd->erasesize, fl_window.slot_bytes);
	u64 offset;

	if (whole % fl_mtd->erasesize || whole % fl_window.slot_bytes || fl_window.slot_bytes % max(fl_mtd->writesize, 1u)) {
		pr_err("faultline: record_size=%u does not fit erase units of %u bytes and pages of %u\n",
		       fl_window.slot_bytes, fl_mtd->erasesize, fl_mtd->writesize);
		return -EINVAL;
	}
	fl_unit_bytes = whole;
	fl_per_unit = whole / fl_window.slot_bytes;
	fl_units = kcalloc(div_u64(fl_mtd->size, whole), sizeof(*fl_units), GFP_KERNEL);
	if (!fl_units)
		return -ENOMEM;
	for (offset = 0; offset + whole <= fl_mtd->size; offset += whole) {
		u64 block;
		bool bad = false;

		for (block = offset; block < offset + whole; block += fl_mtd->erasesize)
			bad |= fl_mtd_block_isbad(fl_mtd, block) > 0;
		if (!bad)
			fl_units[fl_unit_count++] = offset;
	}
	fl_window.slots = fl_unit_count * fl_per_unit;
	/* Erasing ahead must not reach the newest records. */
	if (fl_window.slots < 2 * fl_per_unit + 2 * FL_OPEN) {
		pr_err("faultline: %s has room for %u records, needs %u\n", fl_mtd->name, fl_window.slots,
		       2 * fl_per_unit + 2 * FL_OPEN);
		return -ENOSPC;
	}
	return 0;
}

/* Behind the last number: the first whose slot is blank, in its unit or at the beginning of the next. */
static u64 fl_mtd_ready(u64 last)
{
	u8 head[64];
	u32 slot;

	for (;; last++) {
		slot = fl_mtd_slot_of(last + 1);
		if (slot % fl_per_unit == 0)
			break;
		if (!fl_mtd_load(slot, head, sizeof(head)) && !memchr_inv(head, 0xff, sizeof(head)))
			break;
	}
	/* Slots behind a blank one in its unit are blank, too. */
	fl_blank_through = last;
	fl_mtd_prepare(last, FL_OPEN + 1);
	return last;
}

int fl_window_open_mtd(const char *name)
{
	unsigned int number;
	int error = fl_mtd_take_calls();

	if (error)
		return error;
	fl_mtd = kstrtouint(name, 10, &number) ? fl_get_mtd_device_nm(name) : fl_get_mtd_device(NULL, number);
	if (IS_ERR(fl_mtd)) {
		error = PTR_ERR(fl_mtd);
		fl_mtd = NULL;
		pr_err("faultline: no flash partition %s (see /proc/mtd)\n", name);
		fl_mtd_release_calls();
		return error;
	}
	fl_unit_count = 0;
	error = fl_mtd_find_units();
	if (error) {
		fl_mtd_close();
		return error;
	}
	if (!fl_mtd->_panic_write)
		pr_warn("faultline: the driver of %s cannot write in a panic: only what the machine outlives is kept\n",
			fl_mtd->name);
	fl_window.name = "flash";
	fl_window.store = fl_mtd_store;
	fl_window.finish = fl_mtd_finish;
	fl_window.load = fl_mtd_load;
	fl_window.ready = fl_mtd_ready;
	fl_window.close = fl_mtd_close;
	return 0;
}
#else
int fl_window_open_mtd(const char *name)
{
	pr_err("faultline: mtd=%s: this kernel has no MTD layer\n", name);
	return -ENODEV;
}
#endif
