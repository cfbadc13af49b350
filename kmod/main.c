// SPDX-License-Identifier: GPL-2.0
/*
 * What user space cannot see in time: oopses, panics, kills for memory, restarts, halts and power-offs, each written into
 * a window that outlives the kernel, and announced at once to whoever reads /dev/faultline. See README.md.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include "faultline.h"

static int __init fl_init(void)
{
	int error = fl_window_open();

	if (error)
		return error;
	error = fl_records_open();
	if (error)
		goto window;
	error = fl_device_open();
	if (error)
		goto records;
	error = fl_events_open();
	if (error)
		goto device;
	pr_info("faultline: %u records of %u bytes in %s\n", fl_window.slots, fl_window.slot_bytes, fl_window.name);
	return 0;

device:
	fl_device_close();
records:
	fl_records_close();
window:
	fl_window.close();
	return error;
}

static void __exit fl_exit(void)
{
	fl_events_close();
	fl_device_close();
	fl_window.close();
	fl_records_close();
}

module_init(fl_init);
module_exit(fl_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faultline: the kernel's last events, kept over a reboot");
