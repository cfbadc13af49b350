// The version of package.json, put in when the command is bundled (tools/build.mjs).

declare const FAULTLINE_VERSION: string | undefined

export const version = typeof FAULTLINE_VERSION === 'string' ? FAULTLINE_VERSION : 'from source'
