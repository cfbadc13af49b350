// Text for a pattern of LIKE … ESCAPE '\', where it means itself.

export const likeItself = (text: string): string => text.replace(/[\\%_]/g, each => `\\${each}`)
