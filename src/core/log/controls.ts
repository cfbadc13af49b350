// Control characters: what terminals, serial lines and printk itself put among the text.

/** All that may not stay in a record's text: C0 but the tab, DEL, C1, the Unicode line breaks. */
const unwanted = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/

/** Either of those, or what HTML makes of `<`, `>` and `&`: the one test that every line pays for. */
export function needsCleaning(text: string): boolean {
  return suspicious.test(text)
}
const suspicious = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029&<]/

export function hasControls(text: string): boolean {
  return unwanted.test(text)
}

// ECMA-48: CSI … final; OSC, DCS, SOS, PM, APC up to BEL or ST; other two- and three-byte escapes.
const escapes =
  /\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b[\]PX^_][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|\x1b[ -/]{0,4}[0-OQ-WYZ\\`-~]|\x1b/g

// KERN_SOH and its level, include/linux/kern_levels.h, where a format put it behind the start of the line
const kernelLevels = /\x01[0-7cd]/g

/** Without terminal escapes, NULs, BELs; every other control character as U+FFFD. The tab stays. */
export function withoutControls(text: string): string {
  return text
    .replace(escapes, '')
    .replace(kernelLevels, '')
    .replace(/[\0\x07]/g, '')
    .replace(/[\x01-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd')
}

// the header of a /dev/kmsg record, as after the NUL that ends the record before it
const recordAhead = /\0(?=\d{1,4},\d{1,20},\d{1,20},[-c+])/

/**
 * The parts of a physical line that are lines of their own: a CR returns to the first column (progress bars, serial
 * consoles), and dmesg -K files separate records with NULs.
 */
export function splitAtReturns(text: string): string[] {
  const parts = text.includes('\r') ? text.split(/\r+/) : [text]
  if (!text.includes('\0')) return parts
  return parts.flatMap(part => part.split(recordAhead))
}
