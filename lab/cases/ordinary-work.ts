import type { Case } from './case.ts'

/** What an ordinary day has a kernel print: no word of it is a report, and no agent makes a bundle of it. */
export const ordinaryWork: Case = {
  name: 'ordinary-work',
  does: 'loads modules, mounts file systems, brings the network up and down, starts and ends programs: nothing failed',
  crash: `insmod /lab/modules/fl.ko; rmmod fl
for each in virtio_pci virtio_net crc32c_generic ext4 ramoops netconsole; do modprobe $each 2>/dev/null; done
mkdir -p /tmp/work && mount -t tmpfs none /tmp/work && dd if=/dev/zero of=/tmp/work/file bs=64k count=64 2>/dev/null
for each in $(ls /sys/class/net); do ifconfig $each 127.0.0.1 up; ifconfig $each down; done
mount -o remount,ro /tmp/work; umount /tmp/work
for each in 1 2 3 4 5 6 7 8; do sh -c 'exit 3'; done
sleep 100 & kill -9 $!; wait $! 2>/dev/null
dmesg >/dev/null; sync; echo 1 >/proc/sys/vm/drop_caches
echo 'a program says: Oops: nothing of the kernel' >/dev/kmsg
sleep 2`,
  ends: 'lives',
  seconds: 20,
  expects: [],
}
