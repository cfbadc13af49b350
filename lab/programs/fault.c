// SPDX-License-Identifier: Apache-2.0
/* Programs that fail at once, without a C library. Built with -DFAULT_name for each name of lab/programs.ts. */

void _start(void);

void _start(void)
{
#if defined(FAULT_null)
	*(volatile int *)0 = 1;
#elif defined(FAULT_wild)
	*(volatile int *)0x7eadbee0 = 1;
#elif defined(FAULT_exec)
	((void (*)(void))0x10)();
#elif defined(FAULT_text)
	/* Its own code, which it may not write. */
	*(volatile int *)&_start = 1;
#elif defined(FAULT_illegal)
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("ud2");
#elif defined(__aarch64__)
	__asm__ volatile(".inst 0x00000000");
#elif defined(__arm__)
	__asm__ volatile(".inst.w 0xf7f0a000");
#else
	/* All zeroes are no instruction on powerpc and s390; on mips they are "nop", so its own is used. */
#if defined(__mips__)
	__asm__ volatile(".word 0xffffffff");
#else
	__asm__ volatile(".long 0");
#endif
#endif
#elif defined(FAULT_divide) && !defined(__arm__) && !defined(__alpha__)
	/* 32-bit ARM would call a function of the compiler's library, Alpha one of the C library. */
	volatile int zero = 0;
	volatile int quotient = 4711 / zero;

	(void)quotient;
#endif
	for (;;)
		;
}
