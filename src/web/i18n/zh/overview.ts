import type { overview as english, handIn as englishHandIn } from '../en/overview.ts'

export const overview: typeof english = {
  title: '总览',
  spans: { 24: '24 小时', 168: '7 天', 720: '30 天' },
  span: '时间范围',
  by: '分组',
  byKind: '类型',
  byRelease: '内核',
  chart: '报告随时间的变化',
  unknown: '未知',
  rest: '其他',
  counts: {
    reports: '份报告',
    newIssues: '个新问题',
    openIssues: '个未解决的问题',
    regressed: '个复发',
    hosts: all => `/ ${all.toLocaleString('zh-CN')} 台主机今天出了问题`,
  },
  top: '过去 24 小时报告最多',
  topNone: '过去 24 小时没有报告。',
  trouble: '过去 24 小时出问题的主机',
  troubleNone: '过去 24 小时没有主机报告任何问题。',
  fatal: count => `${count} 次停机`,
  latest: '最新报告',
  all: '所有问题',
  none: {
    title: '还没有报告',
    text: '服务器正在运行；向它发送报告的机器都没有出问题，或者还没有机器向它发送。',
    send: '每台主机发送它捕获的内容：',
    paste: '把日志原样交给它',
    decode: '或在此浏览器中查看日志',
  },
}

export const handIn: typeof englishHandIn = {
  label: '提交日志…',
  keep: '存入此服务器',
  filed: count => `已归档 ${count} 份报告`,
  show: '查看',
}
