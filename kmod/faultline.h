/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTLINE_H
#define FAULTLINE_H

#include <linux/atomic.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "format.h"

#define FL_MIN_SLOT_BYTES 4096u
#define FL_MAX_SLOT_BYTES (1024u * 1024u)
/* Records that may be open at once: several CPUs die, tasks are killed for memory, and the panic that follows. */
#define FL_OPEN 6
/* What of the stack is kept. */
#define FL_STACK_BYTES 4096u

/* A record being written: built in memory of the module's own, stored piece by piece as it grows. */
struct fl_open {
	atomic_t claimed;
	struct task_struct *task;
	enum fl_kind kind;
	unsigned long since; /* jiffies */
	u64 sequence;
	u32 slot;
	u32 used;
	u8 *bytes;
};

/* Where records are stored. `store` and `finish` run in any context, NMI too: no sleep, no lock that is waited for. */
struct fl_window {
	const char *name;
	u32 slot_bytes;
	u32 slots;
	void (*store)(u32 slot, u32 offset, const void *bytes, u32 length);
	/* The record is whole and its room is given back when it is stored; `dying`: no worker will run. Optional. */
	void (*finish)(struct fl_open *record, bool dying);
	/* may sleep; at load */
	int (*load)(u32 slot, void *bytes, u32 length);
	/* May sleep; at load, with the last number found. The number behind which new ones begin. Optional. */
	u64 (*ready)(u64 last);
	void (*close)(void);
};

extern struct fl_window fl_window;
int fl_window_open(void);
int fl_window_open_mtd(const char *name);

int fl_records_open(void);
void fl_records_close(void);
extern atomic_t fl_missed;

/* What an event is, beside the current task, CPU and time. */
struct fl_event {
	enum fl_kind kind;
	const char *reason;
	struct pt_regs *regs;
	s64 error_code;
	s32 trap;
	s32 signal;
};

/* The record's header, registers and stack; NULL when no room is left, which is counted. */
struct fl_open *fl_record_begin(const struct fl_event *event);
/* An open record of this kind and, when `task` is not NULL, of that task. */
struct fl_open *fl_record_find(enum fl_kind kind, struct task_struct *task);
void fl_record_facts(struct fl_open *record, const char *facts, u32 length);
/* Space for a section's data, and then the section itself. */
u8 *fl_record_room(struct fl_open *record, u32 *room);
void fl_record_section(struct fl_open *record, enum fl_section_type type, u32 length, u16 flags);
/* Appends the end and gives the room back. */
void fl_record_end(struct fl_open *record, bool dying);

u32 fl_registers(const struct pt_regs *regs, struct fl_register *out, u32 room);
u16 fl_elf_machine(void);

int fl_events_open(void);
void fl_events_close(void);

int fl_device_open(void);
void fl_device_close(void);
void fl_announce(const struct fl_header *header);

#endif
