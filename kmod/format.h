/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands in the window: slots of one size, a record in each. docs/crash-window.md says the same in words, and
 * src/core/formats/crash-window/ reads it. All numbers are in the byte order of the machine that wrote them.
 *
 * A record is a header, which is written once, and sections behind it, each with a checksum of its own over its record's
 * number too: what an older record left in the slot does not pass for part of a newer one. A record without FL_END was
 * being written when the machine stopped.
 */
#ifndef FAULTLINE_FORMAT_H
#define FAULTLINE_FORMAT_H

#include <linux/types.h>

#define FL_MAGIC 0x31524c46u /* "FLR1" in the memory of a little-endian machine */
#define FL_SECTION_MAGIC 0x43455346u /* "FSEC" */
#define FL_VERSION 1

enum fl_kind {
	FL_OOPS = 1,
	FL_PANIC = 2,
	FL_OOM = 3,
	FL_RESTART = 4,
	FL_HALT = 5,
	FL_POWER_OFF = 6,
	FL_EMERGENCY = 7,
};

enum fl_context {
	FL_TASK = 0,
	FL_SOFTIRQ = 1,
	FL_HARDIRQ = 2,
	FL_NMI = 3,
};

struct fl_header {
	u32 magic;
	u16 version;
	u16 header_bytes;
	u32 slot_bytes;
	u32 word_bytes;
	u64 sequence; /* 1, 2, … over all boots; 0 is never given */
	u64 realtime_ns; /* since 1970, as far as the machine knew */
	u64 monotonic_ns;
	s64 error_code;
	u64 pc;
	u64 sp;
	u8 kind;
	u8 context;
	u16 elf_machine;
	u32 cpu;
	u32 pid;
	u32 tgid;
	u32 uid;
	s32 trap;
	u64 taint; /* bit n: flag n */
	s32 signal;
	u32 nth; /* of this boot, from 1 */
	u64 follows; /* number of an earlier oops of this boot; 0: none */
	char comm[16];
	u8 boot_id[16];
	char reason[72];
	u32 missed; /* events of this boot that found no room */
	u32 reserved[8];
	u32 crc; /* CRC-32 (IEEE 802.3) of all before it */
};

enum fl_section_type {
	FL_REGISTERS = 1, /* struct fl_register[] */
	FL_STACK = 2, /* u64 address, then the memory from there */
	FL_LOG = 3, /* the newest lines of the log, as /proc/kmsg gives them */
	FL_FACTS = 4, /* key=value lines */
	FL_END = 5, /* no data: the record is whole */
};

#define FL_CUT 1 /* flag of a section: there was more than fits */

struct fl_section {
	u32 magic;
	u16 type;
	u16 flags;
	u32 length; /* of the data behind; the next section stands at a multiple of 8 */
	u32 crc; /* CRC-32 of the record's number (8 bytes), type, flags, length and the data */
};

struct fl_register {
	char name[8];
	u64 value;
};

#endif
