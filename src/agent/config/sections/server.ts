// [Server]: where bundles are sent.

import type { Section } from '../key.ts'
import { ValueError } from '../values.ts'

function checkUrl(text: string): void {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new ValueError(`${JSON.stringify(text)} is no URL of a server`)
}

export const serverSection = {
  name: 'Server',
  doc: 'The server that the agent sends its bundles to, each until it is acknowledged (docs/server.md). None is known without it, and nothing is sent.',
  keys: [
    {
      name: 'Url',
      type: 'text',
      option: '--server URL',
      check: checkUrl,
      expects: 'a URL, such as https://faultline.example.com:8788/',
      doc: 'Of the server. Once it is set, bundles are sent as they come; those of before too.',
    },
    {
      name: 'Code',
      type: 'text',
      option: '--server-code CODE',
      doc: 'The one-time code that the server’s owner gave for this host. It gives the host its token, which is kept in `server.json` below Data=; used once, it opens nothing, and may stay here or go.',
    },
    {
      name: 'Name',
      type: 'text',
      option: '--server-name NAME',
      doc: 'What this host is called with the server; none: its host name.',
    },
  ],
} as const satisfies Section
