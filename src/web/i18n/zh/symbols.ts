import type { symbols as en } from '../en/symbols.ts'

export const symbols: typeof en = {
  title: '符号',
  drop: '将 vmlinux、System.map、内核映像、模块调试文件或 Debian 软件包拖放到此处',
  choose: '选择文件…',
  hint: '同一内核的报告（包括旧报告）将由此得到源代码行。',
  uploading: (name, percent) => `${name}：${percent} %`,
  reading: '正在读取',
  known: name => `${name} 已经存在`,
  failed: (name, why) => `${name}：${why}`,
  files: '文件',
  none: '还没有符号。',
  states: { waiting: '正在读取', ready: '使用中', failed: '无法使用' },
  objects: count => `${count.toLocaleString('zh-CN')} 个对象`,
  remove: name => `移除 ${name}`,
  coverage: '覆盖情况',
  columns: { release: '内核', reports: '报告', placed: '有源代码行', has: '对象', missing: '缺少的符号' },
  lacking: '没有符号',
  of: (done, all) => `${done} / ${all}`,
  noReports: '还没有报告。',
}
