// SPDX-License-Identifier: GPL-2.0
/* The window in memory that a reboot leaves alone, or in a chip that is mapped into memory. */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "faultline.h"

static unsigned long long mem_address;
module_param(mem_address, ullong, 0444);
MODULE_PARM_DESC(mem_address, "physical address of reserved memory (memmap=, a reserved-memory node) or of an NVRAM");
static unsigned long mem_size;
module_param(mem_size, ulong, 0444);
MODULE_PARM_DESC(mem_size, "its size in bytes");
static bool mem_force;
module_param(mem_force, bool, 0444);
MODULE_PARM_DESC(mem_force, "the memory is the kernel's own, but kept reserved: a reserved-memory node without no-map");
static char *mem_type = "ram";
module_param(mem_type, charp, 0444);
MODULE_PARM_DESC(mem_type, "ram (default), uncached: memory written past the caches, io: a chip's memory");
static unsigned int record_size = 32768;
module_param(record_size, uint, 0444);
MODULE_PARM_DESC(record_size, "bytes of a record with its log (4096 to 1048576, default 32768)");
static char *mtd = "";
module_param(mtd, charp, 0444);
MODULE_PARM_DESC(mtd, "name or number of a flash partition to write to, instead of memory");

struct fl_window fl_window;

/* One of the two, by mem_type. */
static void *fl_memory;
static void __iomem *fl_chip;

static void fl_memory_store(u32 slot, u32 offset, const void *bytes, u32 length)
{
	size_t at = (size_t)slot * fl_window.slot_bytes + offset;

	if (fl_chip)
		memcpy_toio(fl_chip + at, bytes, length);
	else
		memcpy(fl_memory + at, bytes, length);
	/* What follows in time follows in memory. */
	wmb();
}

static int fl_memory_load(u32 slot, void *bytes, u32 length)
{
	size_t at = (size_t)slot * fl_window.slot_bytes;

	if (fl_chip)
		memcpy_fromio(bytes, fl_chip + at, length);
	else
		memcpy(bytes, fl_memory + at, length);
	return 0;
}

static void fl_memory_close(void)
{
	if (fl_chip)
		iounmap(fl_chip);
	if (fl_memory)
		memunmap(fl_memory);
	fl_chip = NULL;
	fl_memory = NULL;
}

/* Memory that the kernel uses for itself must not be written over. */
static bool fl_memory_is_used(void)
{
	u64 at;

	if (region_intersects(mem_address, mem_size, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) == REGION_DISJOINT)
		return false;
	if (!mem_force)
		return true;
	for (at = mem_address & PAGE_MASK; at < mem_address + mem_size; at += PAGE_SIZE)
		if (!pfn_valid(PHYS_PFN(at)) || !PageReserved(pfn_to_page(PHYS_PFN(at))))
			return true;
	return false;
}

static int fl_memory_open(void)
{
	if (!mem_address || mem_size < record_size) {
		pr_err("faultline: needs mem_address= and mem_size= of at least one record (%u bytes), or mtd=\n",
		       record_size);
		return -EINVAL;
	}
	if (fl_memory_is_used()) {
		pr_err("faultline: %lu bytes at 0x%llx are the kernel's own memory, not reserved for this\n", mem_size,
		       mem_address);
		return -EBUSY;
	}
	if (!strcmp(mem_type, "io")) {
		fl_chip = ioremap(mem_address, mem_size);
	} else if (!strcmp(mem_type, "ram")) {
		fl_memory = memremap(mem_address, mem_size, MEMREMAP_WB);
	} else if (!strcmp(mem_type, "uncached")) {
		fl_memory = memremap(mem_address, mem_size, MEMREMAP_WC);
	} else {
		pr_err("faultline: mem_type=%s: expected ram, uncached or io\n", mem_type);
		return -EINVAL;
	}
	if (!fl_chip && !fl_memory) {
		pr_err("faultline: cannot map %lu bytes at 0x%llx: is the memory reserved?\n", mem_size, mem_address);
		return -ENOMEM;
	}
	fl_window = (struct fl_window){
		.name = "memory",
		.slot_bytes = record_size,
		.slots = mem_size / record_size,
		.store = fl_memory_store,
		.load = fl_memory_load,
		.close = fl_memory_close,
	};
	return 0;
}

int fl_window_open(void)
{
	if (record_size < FL_MIN_SLOT_BYTES || record_size > FL_MAX_SLOT_BYTES || record_size % FL_MIN_SLOT_BYTES) {
		pr_err("faultline: record_size=%u: expected a multiple of %u up to %u\n", record_size,
		       FL_MIN_SLOT_BYTES, FL_MAX_SLOT_BYTES);
		return -EINVAL;
	}
	fl_window.slot_bytes = record_size;
	return *mtd ? fl_window_open_mtd(mtd) : fl_memory_open();
}
