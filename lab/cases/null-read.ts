import { type Case, fault } from './case.ts'

export const nullRead: Case = {
  name: 'null-read',
  does: 'reads a member of a NULL struct, one call deep',
  crash: fault('null_read'),
  ends: 'lives',
  dumps: 'oops',
  expects: [
    {
      kind: 'null-dereference',
      title: 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read',
      function: 'fl_null_read',
      module: 'fl',
      comm: 'sh',
      fatal: false,
      chain: ['fl_null_read', 'fl_happen', 'fl_write', 'vfs_write'],
    },
  ],
  not: guest => (guest.arch === 's390x' ? 'address 0 can be read there: the lowcore' : undefined),
  core: true,
  everyRoad: true,
}
