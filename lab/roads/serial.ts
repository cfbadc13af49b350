import type { Road } from './road.ts'

export const serial: Road = {
  name: 'serial',
  what: 'the serial console, recorded by the host',
  sees: 'all',
  open: () => ({ evidence: run => [{ name: 'serial.log', bytes: run.console }] }),
}
