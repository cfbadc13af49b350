// How many cases of each check pass, measured; raise these when the decoder gets better.

export const floors: Readonly<Record<string, number>> = {}
