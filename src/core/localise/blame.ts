// Which function a title names.

/** Whether a title ends with this function's name, compiler suffixes aside. */
export function isNamed(title: string, symbol: string): boolean {
  const name = title.slice(title.lastIndexOf(' ') + 1)
  return symbol === name || symbol.startsWith(`${name}.`)
}
