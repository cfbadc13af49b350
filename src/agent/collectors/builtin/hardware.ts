// Hardware: processors, devices, interrupts, what the firmware says. Serial numbers stay where they are.

import type { Collector } from '../collector.ts'

export const interrupts: Collector = {
  name: 'interrupts',
  doc: 'interrupts and softirqs by processor',
  run: { files: ['/proc/interrupts', '/proc/softirqs'] },
}

export const processors: Collector = {
  name: 'cpuinfo',
  doc: 'processors, and the model of the machine',
  run: {
    files: [
      '/proc/cpuinfo',
      '/proc/device-tree/model',
      '/sys/class/dmi/id/*_name',
      '/sys/class/dmi/id/*_version',
      '/sys/class/dmi/id/*_vendor',
      '/sys/class/dmi/id/bios_date',
    ],
  },
}

export const devices: Collector = {
  name: 'devices',
  doc: 'devices and their drivers, memory and port regions, error counters',
  run: {
    script: `for file in /proc/devices /proc/misc /proc/iomem /proc/ioports /proc/bus/input/devices; do
  [ -r "$file" ] && printf '==> %s <==\\n' "$file" && cat "$file"
done
command -v lspci >/dev/null && printf '==> lspci <==\\n' && lspci -nnk
command -v lsusb >/dev/null && printf '==> lsusb <==\\n' && lsusb
printf '==> drivers <==\\n'
ls -ld /sys/bus/*/devices/*/driver 2>/dev/null | sed 's,.* /sys/bus/,,'
printf '==> errors <==\\n'
grep -s '' /sys/devices/system/edac/mc/mc*/[cu]e_count /sys/bus/pci/devices/*/aer_dev_*
true`,
  },
}
