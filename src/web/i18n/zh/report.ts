import type { report as english, severity as englishSeverity } from '../en/report.ts'

export const severity: typeof englishSeverity = {
  panic: '崩溃',
  oops: 'oops',
  bug: '错误',
  warning: '警告',
  stall: '停顿',
  oom: '内存不足',
  hardware: '硬件',
  user: '用户空间',
  notice: '提示',
}

export const report: typeof english = {
  label: '报告',
  fatal: '机器因此停机',
  copy: '复制为 Markdown',
  copied: '已复制',
  copyFailed: '浏览器拒绝了；请改为选中日志行再复制',
  json: '保存 JSON',
  log: lines => `日志，${lines.toLocaleString('zh-CN')} 行`,
  line: line => `第 ${line} 行`,
  showLine: line => `显示日志第 ${line} 行`,
  evidence: '结论依据此行',
  fingerprint: '指纹',
  inlined: '内联',
  inLog: bytes => `日志中为：${bytes}`,
  unreliable: '在栈上找到，可能是早先调用留下的',
  inferred: why => `未打印：${why}`,
  blamed: '标题所指的函数',
  faulted: '出错的地址',
  more: count => `… 还有 ${count} 项`,
  unloaded: name => `最后卸载：${name}`,
  tainted: flags => `污染内核：${flags}`,
}
