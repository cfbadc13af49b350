// What stands around a kernel on disk: boot sectors, loaders, headers of boot firmware; told by content.
//
// How to add one: a row here. `begins` looks at fixed places; `payload` says where the kernel is when the format has a
// field for that. Where it has none, the image is searched for the beginning of a compressed kernel.

import { Cursor } from '../../bytes/cursor.ts'

export interface Payload {
  start: number
  length: number
}

export interface Container {
  name: string
  begins(image: Cursor): boolean
  /** there is always a kernel packed in it */
  packed?: true
  /** Where the format says that the kernel is, packed or not. Throws FormatError where it does not hold together. */
  payload?(image: Cursor): Payload | undefined
  /** What the container says of the kernel in it: a release, or a whole banner without "Linux version". */
  says?(image: Cursor): string | undefined
}

const u32At = (image: Cursor, at: number): number | undefined =>
  at + 4 <= image.length ? image.seek(at).u32() : undefined

const bigEndian = (image: Cursor): Cursor => new Cursor(image.format, image.bytes, 'big', image.base)

const textAt = (image: Cursor, at: number, text: string): boolean =>
  at + text.length <= image.length && [...text].every((letter, i) => image.bytes[at + i] === letter.charCodeAt(0))

/** Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". */
const bzImage: Container = {
  name: 'bzImage',
  packed: true,
  begins: image => image.bytes[0x1fe] === 0x55 && image.bytes[0x1ff] === 0xaa && textAt(image, 0x202, 'HdrS'),
  payload: image => {
    // The fields are there from protocol 2.08 on (v2.6.26).
    if (image.seek(0x206).u16() < 0x0208) return undefined
    const start = protectedModeStart(image) + image.seek(0x248).u32()
    const length = image.seek(0x24c).u32()
    return { start, length: Math.min(length, image.length - start) }
  },
  says: image => {
    const at = image.seek(0x20e).u16()
    return at === 0 ? undefined : image.seek(at + 0x200).cstring(256)
  },
}

/** Behind the boot sector and the setup sectors, of which 0 means 4. */
function protectedModeStart(image: Cursor): number {
  return ((image.bytes[0x1f1] || 4) + 1) * 512
}

/** drivers/firmware/efi/libstub/zboot-header.S: a PE file that unpacks itself. */
const zboot: Container = {
  name: 'EFI zboot',
  packed: true,
  begins: image => textAt(image, 0, 'MZ') && textAt(image, 4, 'zimg'),
  payload: image => ({ start: image.seek(8).u32(), length: image.seek(12).u32() }),
}

/** U-Boot, include/image.h, struct legacy_img_hdr; all in big-endian order. */
const uImage: Container = {
  name: 'uImage',
  begins: image => u32At(bigEndian(image), 0) === 0x27051956 && image.length >= 64,
  payload: image => {
    const header = bigEndian(image)
    const size = header.seek(12).u32()
    const multiFile = header.bytes[30] === 4
    if (!multiFile) return { start: 64, length: Math.min(size, image.length - 64) }
    // A list of sizes that ends with 0; the first file is the kernel.
    const first = header.seek(64).u32()
    while (header.u32() !== 0) {
      // the other files' sizes
    }
    return { start: header.position, length: Math.min(first, image.length - header.position) }
  },
  says: image => (image.window(32, 32).bytes.includes(0) ? image.seek(32).cstring(32) : undefined),
}

/** arch/arm/boot/compressed/head.S: a magic word, then start and end, in the kernel's byte order. */
const armZImage: Container = {
  name: 'zImage (arm)',
  packed: true,
  begins: image => [image, bigEndian(image)].some(each => u32At(each, 0x24) === 0x016f2818),
}

/** arch/s390/boot/head.S */
const s390: Container = {
  name: 'bzImage (s390)',
  packed: true,
  begins: image => textAt(image, 0x10008, 'S390EP'),
}

/** arch/powerpc/boot/wrapper, and arch/mips/boot/compressed: an ELF file with the kernel as data. */
const elfWrapper: Container = {
  name: 'ELF wrapper',
  begins: image => u32At(bigEndian(image), 0) === 0x7f454c46,
}

/** Android's boot.img, system/tools/mkbootimg/include/bootimg/bootimg.h. */
const android: Container = {
  name: 'Android boot image',
  begins: image => textAt(image, 0, 'ANDROID!') && image.length > 48,
  payload: image => {
    const length = image.seek(8).u32()
    const version = image.seek(40).u32()
    const pageBytes = version >= 3 && version < 16 ? 4096 : image.seek(36).u32()
    return { start: pageBytes, length }
  },
}

/** Devicetree blob, as U-Boot's FIT images are; the kernel is a property somewhere in it. */
const fit: Container = {
  name: 'FIT image',
  begins: image => u32At(bigEndian(image), 0) === 0xd00dfeed,
}

export const containers: readonly Container[] = [zboot, bzImage, uImage, android, fit, armZImage, s390, elfWrapper]

// Kernels that are not packed. They have no entry above: what they hold is searched as it stands.

/** What kind of unpacked kernel this is, for people. */
export function nameOfKernel(bytes: Uint8Array): string {
  const image = new Cursor('kernel image', bytes, 'little')
  if (elfWrapper.begins(image)) return 'vmlinux (ELF)'
  // Documentation/arch/arm64/booting.rst, arch/riscv/boot-image-header.rst; loongarch as arm64's, arch/loongarch/kernel/head.S
  const magic = u32At(image, 0x38)
  if (magic === 0x644d5241) return 'Image (arm64)'
  if (magic === 0x05435352 || textAt(image, 0x30, 'RISCV')) return 'Image (riscv)'
  if (magic === 0x818223cd) return 'Image (loongarch)'
  return 'raw image'
}
