// SPDX-License-Identifier: Apache-2.0
/*
 * kexec-now: enters another kernel at once. It is two bytes long: an undefined instruction where nothing catches it, by which
 * an x86_64 machine resets itself. kexec_load(2), reboot(2).
 */
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOMEWHERE 0x4000000

int main(void)
{
	static const unsigned char kernel[] = { 0x0f, 0x0b };
	struct kexec_segment segment = { kernel, sizeof(kernel), (void *)SOMEWHERE, 4096 };

	if (syscall(SYS_kexec_load, (unsigned long)SOMEWHERE, 1UL, &segment, (unsigned long)KEXEC_ARCH_DEFAULT)) {
		perror("kexec_load");
		return 1;
	}
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("reboot");
	return 1;
}
