// The report as it leaves Faultline: one schema for types, validation and the published JSON Schema.
// Absent = not in the log; never null, never invented. Addresses are strings of full width as printed;
// sizes and offsets are numbers.

import { z } from 'zod'
import { archNames, contextNames, damageNames, kindNames, severityNames } from './vocabulary.ts'

export const schemaName = 'faultline.report/1'

const address = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .describe('hexadecimal, full width as printed')
const lineNumber = z.int().min(1).describe('1-based line of the input')
const count = z.int().min(0)

export const unknownPlaceSchema = z.object({
  unknown: z.enum(['no-symbols', 'wrong-build-id', 'ambiguous', 'outside-kernel', 'unreadable']),
  detail: z.string(),
})

export const locatedSchema = z.object({
  file: z.string(),
  line: z.int().min(0),
  column: z.int().min(0).optional(),
  function: z.string().optional(),
})

export const placeSchema = z.union([locatedSchema, unknownPlaceSchema])

export const variableSchema = z.object({
  name: z.string(),
  type: z.string().optional(),
  value: z.string().optional().describe('as C writes it; absent where it cannot be known'),
  where: z.string().describe('the register or place in memory that holds it, or why nothing does'),
  argument: z.literal(true).optional(),
  function: z.string().optional().describe('the inlined function that it belongs to; absent for the frame’s own'),
})

/** How a frame's caller was found, the surest way first. */
export const unwindMethods = [
  'registers',
  'cfi',
  'orc',
  'unwind-table',
  'prologue',
  'chain',
  'link-register',
  'scan',
  'tail-call',
] as const

export const frameSchema = z.object({
  address: address.optional(),
  symbol: z.string().optional().describe('as printed, compiler suffixes kept'),
  offset: count.optional().describe('bytes into the symbol'),
  size: count.optional().describe('bytes to the next symbol, as kallsyms gives it'),
  module: z.string().optional(),
  buildId: z.string().optional(),
  reliable: z.boolean().optional().describe('false for "? " and "(unreliable)" frames'),
  place: placeSchema.optional().describe('in the function that `symbol` names'),
  inlines: z.array(locatedSchema).optional().describe('calls inlined into it at this address, innermost first'),
  programCounter: z.literal(true).optional().describe('marked as one by the kernel (arm64: "(P)"), no return address'),
  stackPointer: address.optional(),
  inferred: z.string().optional().describe('why the frame is there although the kernel did not print it'),
  weight: z
    .object({ is: z.enum(['caller', 'left over', 'no call']), because: z.string() })
    .optional()
    .describe('of a frame that the kernel was not sure of: what its place on the stack and the code before it say'),
  variables: z.array(variableSchema).optional().describe('arguments and variables in scope, by the debug information'),
  returnTo: z.string().optional().describe('"(fn+0x…)" of function-graph tracing, or ARM\'s "from" half'),
  line: lineNumber.optional(),
})

export const stackFrameSchema = frameSchema.extend({
  bottom: address.describe('its lowest address: the stack pointer'),
  top: address.optional().describe('the stack pointer of its caller, at the call'),
  by: z.enum(unwindMethods).describe('how the frame was found'),
  confidence: z.enum(['certain', 'likely', 'possible']),
  saved: z
    .array(z.object({ register: z.string(), at: address, value: address.optional() }))
    .optional()
    .describe('registers of its caller that it keeps'),
})

/** What a word of the stack is. */
export const wordKinds = [
  'return-address',
  'frame-link',
  'saved-register',
  'saved-state',
  'local',
  'code',
  'stack',
  'slab',
  'memory',
  'poison',
  'register',
  'user',
] as const

export const stackWordSchema = z.object({
  address: address.optional(),
  value: z.string(),
  meaning: z.string().optional(),
  kind: z.enum(wordKinds).optional(),
  frame: count.optional().describe('index in `frames` of the frame that it is in'),
})

export const traceSchema = z.object({
  title: z.string().describe('the words above it: "Call Trace", "Allocated by task 12", "Freed by task 12"…'),
  context: z.enum(contextNames).optional(),
  cpu: count.optional(),
  comm: z.string().optional(),
  pid: count.optional(),
  frames: z.array(frameSchema),
})

export const registerSetSchema = z.object({
  title: z.string().optional(),
  mode: z.enum(['kernel', 'user']).optional(),
  pc: frameSchema.optional(),
  values: z.record(z.string(), address).describe('name as printed → value'),
  decoded: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe('register → its flags in words (EFLAGS, CR0, MSR, PSTATE, ESR, cause…), or the symbol that it points to'),
})

export const instructionSchema = z.object({
  address: address.optional(),
  bytes: z.string(),
  text: z.string(),
  fault: z.literal(true).optional(),
})

export const codeSchema = z.object({
  bytes: z.string().describe('hexadecimal pairs in memory order of the units, separated by spaces, as printed'),
  unitBytes: z.int().describe('1, 2 or 4: what one printed unit holds'),
  faultIndex: count.optional().describe('index of the faulting unit among the printed units'),
  instructions: z.array(instructionSchema).optional(),
  place: placeSchema.optional(),
  raw: z.string().optional().describe('the text as printed, where it is not plain code ("Bad RIP value.")'),
})

export const sourceLinesSchema = z.object({
  file: z.string(),
  line: lineNumber.describe('the one that matters'),
  first: lineNumber.describe('number of the first of `lines`'),
  lines: z.array(z.string()),
})

export const maintainersSchema = z.object({
  file: z.string().describe('the file that the report blames'),
  sections: z
    .array(
      z.object({
        title: z.string(),
        status: z.string().optional().describe('Supported, Maintained, Odd Fixes, Orphan, Obsolete'),
        maintainers: z.array(z.string()),
        reviewers: z.array(z.string()).optional(),
        lists: z.array(z.string()).optional(),
        bugs: z.array(z.string()).optional().describe('where bugs are to be told'),
        trees: z.array(z.string()).optional(),
      }),
    )
    .describe('of MAINTAINERS, the closest first'),
})

/** One instruction of a function as the kernel's file has it. */
export const functionRowSchema = z.object({
  offset: count.describe('from the function on'),
  address: address.optional().describe('in the kernel that failed, where the log tells'),
  bytes: z.string(),
  text: z.string(),
  fault: z.literal(true).optional(),
  printed: z.string().optional().describe('what the log has there instead'),
  place: locatedSchema.optional().describe('where it is another than that of the instruction before'),
  source: z.array(z.string()).optional().describe('the lines of source up to `place`'),
})

export const disassemblySchema = z.object({
  symbol: z.string(),
  module: z.string().optional(),
  sizeBytes: count,
  file: z.string().describe('whose code it is'),
  cut: z.literal(true).optional().describe('the function is longer; these are the instructions around the place'),
  rows: z.array(functionRowSchema),
})

export const lockSchema = z.object({
  name: z.string(),
  address: address.optional(),
  state: z.string().optional().describe('usage letters, as {+.+.} or {3:3}'),
  heldBy: z.string().optional(),
  at: frameSchema.optional(),
})

export const memorySchema = z.object({
  order: z.int().optional(),
  mode: z.string().optional().describe('gfp mask as printed'),
  gfp: z.array(z.string()).optional(),
  constraint: z.string().optional(),
  oomCgroup: z.string().optional(),
  cgroup: z.string().optional(),
  totals: z.record(z.string(), z.number()).optional().describe('counters of Mem-Info; the unit is in the name'),
  nodes: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).optional(),
  zones: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).optional(),
  freeLists: z
    .array(z.object({ node: count, zone: z.string(), blocks: z.record(z.string(), count), totalKb: count }))
    .optional()
    .describe('free blocks by size in kB'),
  limits: z
    .array(z.record(z.string(), z.union([z.string(), z.number()])))
    .optional()
    .describe('memory cgroup: usage, limit, failcnt'),
  tasks: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).optional(),
  victim: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})

export const stageSchema = z.object({
  kind: z.enum(kindNames),
  title: z.string().describe('the line, cleaned'),
  line: lineNumber,
})

export const reportSchema = z
  .object({
    schema: z.literal(schemaName),
    source: z.object({
      file: z.string().optional().describe('the name as given on the command line'),
      transport: z.string().optional(),
      host: z.string().optional(),
    }),
    kind: z.enum(kindNames),
    severity: z.enum(severityNames),
    title: z.string(),
    altTitles: z.array(z.string()),
    fatal: z.boolean(),
    arch: z.enum(archNames).optional(),
    kernel: z
      .object({
        release: z.string().optional(),
        build: z.string().optional(),
        buildId: z.string().optional(),
        tainted: z.array(z.object({ flag: z.string(), meaning: z.string() })).optional(),
        hardware: z.string().optional(),
        commandLine: z.string().optional(),
        oopsCount: count.optional(),
        options: z.array(z.string()).optional().describe('PREEMPT, SMP, KASAN… of the die line'),
        kaslrOffset: address.optional(),
      })
      .optional(),
    task: z
      .object({
        comm: z.string().optional(),
        pid: count.optional(),
        cpu: count.optional(),
        uid: count.optional(),
        workqueue: z.string().optional(),
      })
      .optional(),
    time: z.object({ sinceBootUs: count.optional(), wall: z.string().optional() }).optional(),
    fault: z
      .object({
        address: address.optional(),
        access: z.enum(['read', 'write', 'execute']).optional(),
        mode: z.enum(['kernel', 'user']).optional(),
        code: z.string().optional(),
        sizeBytes: count.optional(),
        decoded: z.array(z.string()).optional(),
      })
      .optional(),
    pc: frameSchema.optional(),
    registers: z.record(z.string(), address).optional().describe('the set that matters: of the fault, in kernel mode'),
    registerSets: z.array(registerSetSchema).optional().describe('all sets that were printed, in order'),
    traces: z.array(traceSchema).optional().describe('the first is the one that matters'),
    place: placeSchema.optional(),
    sourceLines: sourceLinesSchema.optional().describe('the source around `place`'),
    code: codeSchema.optional(),
    disassembly: disassemblySchema.optional().describe("the whole function that failed, from the kernel's file"),
    maintainers: maintainersSchema.optional().describe('whom the source tree names for the file at fault'),
    stack: z
      .object({
        address: address.optional(),
        words: z.array(stackWordSchema),
        frames: z
          .array(stackFrameSchema)
          .optional()
          .describe('the stack walked by the architecture’s rules, innermost first'),
      })
      .optional(),
    modules: z
      .array(
        z.object({
          name: z.string(),
          taint: z.string().optional(),
          address: address.optional(),
          size: count.optional(),
          unloading: z.boolean().optional(),
        }),
      )
      .optional(),
    lastUnloaded: z.string().optional(),
    memory: memorySchema.optional(),
    locks: z.object({ held: z.array(lockSchema).optional(), chain: z.array(lockSchema).optional() }).optional(),
    stages: z.array(stageSchema).optional().describe('further lines of the same event: Oops, panic, end trace…'),
    damage: z
      .array(z.object({ what: z.enum(damageNames), line: lineNumber, detail: z.string().optional() }))
      .optional(),
    lines: z.object({ first: lineNumber, last: lineNumber }),
    span: z.object({ start: count, end: count }).describe('bytes of the (decompressed) input'),
    text: z.string().describe('the exact cut-out lines, cleaned of transport prefixes'),
    textLines: z
      .array(lineNumber)
      .optional()
      .describe('line of the input of each line of `text`; absent when they follow one another from lines.first on'),
    fingerprint: z.string(),
    findings: z
      .array(
        z.object({
          what: z.string(),
          because: z.string(),
          evidence: z.array(lineNumber),
          confidence: z.enum(['certain', 'likely', 'possible']),
          next: z.string().optional().describe('what to do now, in a sentence'),
        }),
      )
      .optional(),
  })
  .meta({ id: schemaName, title: 'Faultline report' })
