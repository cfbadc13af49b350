// SPDX-License-Identifier: GPL-2.0
/* Registers by name, as each architecture's own dump calls them, so that a reader needs no table of layouts. */
#include <linux/elf.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "faultline.h"

struct fl_place {
	const char name[8];
	u16 offset;
	u16 bytes;
};

#define REG(label, member) \
	{ label, offsetof(struct pt_regs, member), sizeof(((struct pt_regs *)0)->member) }

static const struct fl_place places[] = {
#if defined(CONFIG_X86_64)
	REG("RIP", ip), REG("RSP", sp), REG("EFLAGS", flags), REG("CS", cs), REG("SS", ss), REG("ORIG_RAX", orig_ax),
	REG("RAX", ax), REG("RBX", bx), REG("RCX", cx), REG("RDX", dx), REG("RSI", si), REG("RDI", di), REG("RBP", bp),
	REG("R08", r8), REG("R09", r9), REG("R10", r10), REG("R11", r11), REG("R12", r12), REG("R13", r13),
	REG("R14", r14), REG("R15", r15),
#elif defined(CONFIG_X86_32)
	REG("EIP", ip), REG("ESP", sp), REG("EFLAGS", flags), REG("CS", cs), REG("SS", ss),
	REG("EAX", ax), REG("EBX", bx), REG("ECX", cx), REG("EDX", dx), REG("ESI", si), REG("EDI", di), REG("EBP", bp),
#elif defined(CONFIG_ARM64)
	REG("pc", pc), REG("sp", sp), REG("pstate", pstate),
	REG("x0", regs[0]), REG("x1", regs[1]), REG("x2", regs[2]), REG("x3", regs[3]), REG("x4", regs[4]),
	REG("x5", regs[5]), REG("x6", regs[6]), REG("x7", regs[7]), REG("x8", regs[8]), REG("x9", regs[9]),
	REG("x10", regs[10]), REG("x11", regs[11]), REG("x12", regs[12]), REG("x13", regs[13]), REG("x14", regs[14]),
	REG("x15", regs[15]), REG("x16", regs[16]), REG("x17", regs[17]), REG("x18", regs[18]), REG("x19", regs[19]),
	REG("x20", regs[20]), REG("x21", regs[21]), REG("x22", regs[22]), REG("x23", regs[23]), REG("x24", regs[24]),
	REG("x25", regs[25]), REG("x26", regs[26]), REG("x27", regs[27]), REG("x28", regs[28]), REG("x29", regs[29]),
	REG("lr", regs[30]),
#elif defined(CONFIG_ARM)
	REG("pc", uregs[15]), REG("lr", uregs[14]), REG("sp", uregs[13]), REG("ip", uregs[12]), REG("fp", uregs[11]),
	REG("r10", uregs[10]), REG("r9", uregs[9]), REG("r8", uregs[8]), REG("r7", uregs[7]), REG("r6", uregs[6]),
	REG("r5", uregs[5]), REG("r4", uregs[4]), REG("r3", uregs[3]), REG("r2", uregs[2]), REG("r1", uregs[1]),
	REG("r0", uregs[0]), REG("psr", uregs[16]),
#elif defined(CONFIG_PPC)
	REG("NIP", nip), REG("LR", link), REG("CTR", ctr), REG("MSR", msr), REG("CR", ccr), REG("XER", xer),
	REG("TRAP", trap), REG("DAR", dar), REG("DSISR", dsisr),
	REG("GPR00", gpr[0]), REG("GPR01", gpr[1]), REG("GPR02", gpr[2]), REG("GPR03", gpr[3]), REG("GPR04", gpr[4]),
	REG("GPR05", gpr[5]), REG("GPR06", gpr[6]), REG("GPR07", gpr[7]), REG("GPR08", gpr[8]), REG("GPR09", gpr[9]),
	REG("GPR10", gpr[10]), REG("GPR11", gpr[11]), REG("GPR12", gpr[12]), REG("GPR13", gpr[13]),
	REG("GPR14", gpr[14]), REG("GPR15", gpr[15]), REG("GPR16", gpr[16]), REG("GPR17", gpr[17]),
	REG("GPR18", gpr[18]), REG("GPR19", gpr[19]), REG("GPR20", gpr[20]), REG("GPR21", gpr[21]),
	REG("GPR22", gpr[22]), REG("GPR23", gpr[23]), REG("GPR24", gpr[24]), REG("GPR25", gpr[25]),
	REG("GPR26", gpr[26]), REG("GPR27", gpr[27]), REG("GPR28", gpr[28]), REG("GPR29", gpr[29]),
	REG("GPR30", gpr[30]), REG("GPR31", gpr[31]),
#elif defined(CONFIG_MIPS)
	REG("epc", cp0_epc), REG("Status", cp0_status), REG("Cause", cp0_cause), REG("BadVA", cp0_badvaddr),
	REG("Hi", hi), REG("Lo", lo),
	REG("$1", regs[1]), REG("$2", regs[2]), REG("$3", regs[3]), REG("$4", regs[4]), REG("$5", regs[5]),
	REG("$6", regs[6]), REG("$7", regs[7]), REG("$8", regs[8]), REG("$9", regs[9]), REG("$10", regs[10]),
	REG("$11", regs[11]), REG("$12", regs[12]), REG("$13", regs[13]), REG("$14", regs[14]), REG("$15", regs[15]),
	REG("$16", regs[16]), REG("$17", regs[17]), REG("$18", regs[18]), REG("$19", regs[19]), REG("$20", regs[20]),
	REG("$21", regs[21]), REG("$22", regs[22]), REG("$23", regs[23]), REG("$24", regs[24]), REG("$25", regs[25]),
	REG("$28", regs[28]), REG("$29", regs[29]), REG("$30", regs[30]), REG("$31", regs[31]),
#elif defined(CONFIG_RISCV)
	REG("epc", epc), REG("ra", ra), REG("sp", sp), REG("gp", gp), REG("tp", tp), REG("status", status),
	REG("badaddr", badaddr), REG("cause", cause), REG("t0", t0), REG("t1", t1), REG("t2", t2), REG("s0", s0),
	REG("s1", s1), REG("a0", a0), REG("a1", a1), REG("a2", a2), REG("a3", a3), REG("a4", a4), REG("a5", a5),
	REG("a6", a6), REG("a7", a7), REG("s2", s2), REG("s3", s3), REG("s4", s4), REG("s5", s5), REG("s6", s6),
	REG("s7", s7), REG("s8", s8), REG("s9", s9), REG("s10", s10), REG("s11", s11), REG("t3", t3), REG("t4", t4),
	REG("t5", t5), REG("t6", t6),
#elif defined(CONFIG_S390)
	REG("PSWmask", psw.mask), REG("PSWaddr", psw.addr),
	REG("R0", gprs[0]), REG("R1", gprs[1]), REG("R2", gprs[2]), REG("R3", gprs[3]), REG("R4", gprs[4]),
	REG("R5", gprs[5]), REG("R6", gprs[6]), REG("R7", gprs[7]), REG("R8", gprs[8]), REG("R9", gprs[9]),
	REG("R10", gprs[10]), REG("R11", gprs[11]), REG("R12", gprs[12]), REG("R13", gprs[13]), REG("R14", gprs[14]),
	REG("R15", gprs[15]),
#else
	/* no names for this architecture: the record goes without registers, its stack and log are as elsewhere */
#endif
};

/*
 * Registers that hold the faulting address (CR2, FAR) are left out: the kernel's own look at the code before it gets here
 * may have faulted, and they tell of that then. The log has the address.
 */
u32 fl_registers(const struct pt_regs *regs, struct fl_register *out, u32 room)
{
	u32 count = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places) && count < room; i++) {
		const void *at = (const u8 *)regs + places[i].offset;
		u64 value = places[i].bytes == 8 ? *(const u64 *)at :
			    places[i].bytes == 4 ? *(const u32 *)at :
						   *(const u16 *)at;
		struct fl_register *register_ = &out[count++];

		memcpy(register_->name, places[i].name, sizeof(register_->name));
		register_->value = value;
	}
	return count;
}

u16 fl_elf_machine(void)
{
	return ELF_ARCH;
}
