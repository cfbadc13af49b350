// Probes that have a name, each the words that one would type. Files of the same kind in the configuration's folder
// probes.d/NAME.probe come before them.
//
// How to add one: a row here.

export interface Preset {
  name: string
  what: string
  words: readonly string[]
}

export const presets: readonly Preset[] = [
  {
    name: 'arp-route',
    what: 'why ARP requests go unanswered: errors of the route and source checks inside arp_process()',
    words: [
      '--inside',
      'arp_process',
      'ip_route_input_slow(skb->dev->name, daddr, saddr)',
      'fib_validate_source(src, dst, dev->name)',
    ],
  },
  {
    name: 'open-errors',
    what: 'files that could not be opened, by whom and why',
    words: ['--errors', 'do_sys_openat2(filename)'],
  },
  {
    name: 'slow-fsync',
    what: 'fsync calls of more than 100 ms, with the file',
    words: ['--slower', '100ms', 'vfs_fsync_range(file->f_path.dentry->d_name.name)'],
  },
  {
    name: 'block-errors',
    what: 'block requests that ended with an error status',
    words: ['--filter', 'v1_error!=0', 'blk_update_request(req->__sector, error, nr_bytes)'],
  },
  {
    name: 'module-load',
    what: 'modules that could not be loaded, and why',
    words: ['--errors', 'load_module(info->name)'],
  },
]
