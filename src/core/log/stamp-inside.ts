// Two writers, one line: a console's output is interrupted, and a stamped kernel line begins in the middle.

// [ 1117.184796] text, [ 1117.184796][    C0] text, and with a level before it
const stamp = /(?:<\d{1,3}>)?\[ {0,11}\d{1,12}\.\d{6}\](?: ?\[ {0,6}[TC]\d{1,10}\])?(?: |$)/y

/** What stands before the stamp of a whole, unbroken line: the hypervisor's own stamp, an upper-case mirror of syslog. */
const prefixesOfText = /(?:\(XEN\) |KERNEL: )$/

/** Where a stamped line begins inside `text` after `from`, or -1. */
export function findStampInside(text: string, from: number): number {
  for (let open = text.indexOf('[', from + 1); open >= 0; open = text.indexOf('[', open + 1)) {
    const next = text.charCodeAt(open + 1)
    if (next !== 0x20 && !(next >= 48 && next <= 57)) continue
    stamp.lastIndex = open
    if (!stamp.test(text)) continue
    if (prefixesOfText.test(text.slice(Math.max(0, open - 8), open))) continue
    // <6>[ 1117.184796]
    const level = text.charCodeAt(open - 1) === 0x3e ? text.lastIndexOf('<', open) : open
    return open - level <= 5 && level > from && isLevel(text, level, open) ? level : open
  }
  return -1
}

function isLevel(text: string, start: number, end: number): boolean {
  for (let i = start + 1; i < end - 1; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return end - start > 2
}
