// SPDX-License-Identifier: GPL-2.0
/*
 * Faultline's lab: what a real board has and QEMU has not. A memory controller under the kernel's own error detection and
 * correction: loading the module makes the kernel report one corrected and one uncorrected error of it. And devices that
 * take their time when the machine goes down.
 */
#include <linux/delay.h>
#include <linux/edac.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/reboot.h>
#include <linux/types.h>

/* drivers/edac/edac_mc.h, which the kernel's headers leave out. */
struct mem_ctl_info *edac_mc_alloc(unsigned int mc_num, unsigned int n_layers, struct edac_mc_layer *layers,
				   unsigned int sz_pvt);
int edac_mc_add_mc_with_groups(struct mem_ctl_info *mci, const struct attribute_group **groups);
struct mem_ctl_info *edac_mc_del_mc(struct device *dev);
void edac_mc_free(struct mem_ctl_info *mci);
void edac_mc_handle_error(const enum hw_event_mc_err_type type, struct mem_ctl_info *mci, const u16 error_count,
			  const unsigned long page_frame_number, const unsigned long offset_in_page,
			  const unsigned long syndrome, const int top_layer, const int mid_layer, const int low_layer,
			  const char *msg, const char *other_detail);

#define SHUTDOWN_MS 2000

static struct platform_device *board;

static int fl_slowly(struct notifier_block *block, unsigned long action, void *command)
{
	msleep(SHUTDOWN_MS);
	return NOTIFY_DONE;
}

/* After all others. */
static struct notifier_block fl_shutdown = { .notifier_call = fl_slowly, .priority = INT_MIN };

static int __init fl_board_init(void)
{
	struct edac_mc_layer layers[] = {
		{ .type = EDAC_MC_LAYER_CHIP_SELECT, .size = 1, .is_virt_csrow = true },
		{ .type = EDAC_MC_LAYER_CHANNEL, .size = 1 },
	};
	struct mem_ctl_info *controller;
	struct dimm_info *dimm;
	int error;

	board = platform_device_register_simple("fl_board", -1, NULL, 0);
	if (IS_ERR(board))
		return PTR_ERR(board);
	controller = edac_mc_alloc(0, ARRAY_SIZE(layers), layers, 0);
	if (!controller) {
		platform_device_unregister(board);
		return -ENOMEM;
	}
	controller->pdev = &board->dev;
	controller->mod_name = "fl_board";
	controller->ctl_name = "fl_board";
	controller->dev_name = "fl_board";
	dimm = controller->dimms[0];
	dimm->nr_pages = 0x10000;
	dimm->grain = 64;
	dimm->mtype = MEM_DDR4;
	dimm->edac_mode = EDAC_SECDED;
	strscpy(dimm->label, "DIMM A1", sizeof(dimm->label));
	error = edac_mc_add_mc_with_groups(controller, NULL);
	if (error) {
		edac_mc_free(controller);
		platform_device_unregister(board);
		return error;
	}
	edac_mc_handle_error(HW_EVENT_ERR_CORRECTED, controller, 3, 0x1234, 0x560, 0x9, 0, 0, -1, "read error", "one bit");
	edac_mc_handle_error(HW_EVENT_ERR_UNCORRECTED, controller, 1, 0x4321, 0x10, 0, 0, 0, -1, "read error", "two bits");
	return register_reboot_notifier(&fl_shutdown);
}

static void __exit fl_board_exit(void)
{
	struct mem_ctl_info *controller;

	unregister_reboot_notifier(&fl_shutdown);
	controller = edac_mc_del_mc(&board->dev);
	if (controller)
		edac_mc_free(controller);
	platform_device_unregister(board);
}

module_init(fl_board_init);
module_exit(fl_board_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Errors of a memory controller and a slow shutdown, for Faultline's lab");
