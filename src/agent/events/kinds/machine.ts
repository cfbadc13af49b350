// Modules, suspends and what the hardware complains of.

import { addressOf, detailsOf, type EventKind, numberOf, textOf } from '../kind.ts'

export const moduleLoad: EventKind = {
  name: 'module-load',
  what: 'a module was loaded, with the taints it brings',
  sources: [
    [
      {
        tracepoint: 'module/module_load',
        tell: record => ({ details: detailsOf(record, { name: 'name', taints: 'taints' }) }),
      },
    ],
  ],
}

export const moduleUnload: EventKind = {
  name: 'module-unload',
  what: 'a module was taken out',
  sources: [[{ tracepoint: 'module/module_free', tell: record => ({ details: detailsOf(record, { name: 'name' }) }) }]],
}

const suspendTracepoint = 'power/suspend_resume'

/** suspend_state_t, include/linux/suspend.h */
const sleepStates: Readonly<Record<number, string>> = { 1: 'freeze', 2: 'standby', 3: 'mem', 4: 'disk' }

/**
 * The action is a string of the kernel's, told by its address. Of the many steps the first and the last speak for the whole:
 * kernel/power/suspend.c, enter_state(), and kernel/power/process.c, thaw_processes(), after one that failed as well.
 */
const suspending = (action: string, begins: boolean): EventKind['sources'] => [
  [
    {
      tracepoint: suspendTracepoint,
      tell: (record, { string }) => {
        const address = record.field('action')
        const told = typeof address === 'bigint' ? string(address) : undefined
        if (told !== action || (numberOf(record, 'start') !== 0) !== begins) return undefined
        const state = numberOf(record, 'val')
        return { details: begins ? { state: sleepStates[state] ?? String(state) } : {} }
      },
    },
  ],
]

export const suspend: EventKind = {
  name: 'suspend',
  what: 'the machine goes to sleep',
  sources: suspending('suspend_enter', true),
}

export const resume: EventKind = {
  name: 'resume',
  what: 'the machine is awake again, or did not fall asleep: its tasks run on',
  sources: suspending('thaw_processes', false),
}

export const machineCheck: EventKind = {
  name: 'machine-check',
  what: 'a machine check: bank, status, address',
  sources: [
    [
      {
        tracepoint: 'mce/mce_record',
        tell: record => {
          const words = ['status', 'addr', 'misc', 'synd', 'ip'].flatMap(name => {
            const value = addressOf(record.field(name))
            return value === undefined ? [] : [[name, value] as const]
          })
          return {
            details: {
              ...detailsOf(record, { bank: 'bank', cpu: 'cpu', socket: 'socketid', apic: 'apicid' }),
              ...Object.fromEntries(words),
            },
          }
        },
      },
    ],
    [
      {
        tracepoint: 'ras/arm_event',
        tell: record => ({ details: detailsOf(record, { mpidr: 'mpidr', affinity: 'affinity' }) }),
      },
    ],
  ],
}

/** enum hw_event_mc_err_type, include/linux/edac.h */
const edacTypes = ['corrected', 'uncorrected', 'deferred', 'fatal', 'info'] as const

export const edac: EventKind = {
  name: 'edac',
  what: 'an error of the memory controller: corrected or not, where',
  sources: [
    [
      {
        tracepoint: 'ras/mc_event',
        tell: record => ({
          details: {
            type: edacTypes[numberOf(record, 'error_type')] ?? String(numberOf(record, 'error_type')),
            ...detailsOf(record, {
              count: 'error_count',
              message: 'msg',
              label: 'label',
              controller: 'mc_index',
              driver: 'driver_detail',
            }),
            address: addressOf(record.field('address')) ?? '0x0',
          },
        }),
      },
    ],
  ],
}

/** include/ras/ras_event.h: severities of aer_event */
const aerSeverities = ['uncorrected-non-fatal', 'uncorrected-fatal', 'corrected'] as const

export const aer: EventKind = {
  name: 'aer',
  what: 'an error that a PCI Express device reported',
  sources: [
    [
      {
        tracepoint: 'ras/aer_event',
        tell: record => ({
          details: {
            device: textOf(record, 'dev_name') ?? '',
            severity: aerSeverities[numberOf(record, 'severity')] ?? String(numberOf(record, 'severity')),
            status: addressOf(record.field('status')) ?? '0x0',
          },
        }),
      },
    ],
  ],
}

export const memoryFailure: EventKind = {
  name: 'memory-failure',
  what: 'a page was taken out of use for a fault of the memory',
  sources: [
    [
      {
        tracepoint: 'ras/memory_failure_event',
        tell: record => ({
          details: {
            ...detailsOf(record, { pfn: 'pfn' }),
            type: record.named('type') ?? String(numberOf(record, 'type')),
            result: record.named('result') ?? String(numberOf(record, 'result')),
          },
        }),
      },
    ],
  ],
}
