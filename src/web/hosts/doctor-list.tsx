import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import type { Checked, HostDetail } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'
import { Ago } from '../views/ago.tsx'

const levels = ['problem', 'advice', 'unknown'] as const

/** What would be lost of an exception on this host, as its agent's doctor found it, the worst first. */
export function DoctorList(props: { host: HostDetail }) {
  const words = () => t().hosts.doctor
  const checks = (): readonly Checked[] => props.host.doctor?.checks ?? []
  const wanting = () => levels.flatMap(level => checks().filter(check => check.level === level))
  const good = () => checks().filter(({ level }) => level === 'good').length
  return (
    <section class="doctor">
      <h2>{words().title}</h2>
      <Show when={props.host.doctor} fallback={<p class="quiet">{words().none}</p>}>
        {doctor => (
          <p class="quiet">
            <Ago at={doctor().at} /> · {words().good(good())}
            {wanting().length === 0 ? ` · ${words().well}` : ''}
          </p>
        )}
      </Show>
      <For each={wanting()}>
        {check => (
          <div class="check-line" data-level={check.level}>
            <b class="level">{words().levels[check.level]}</b>
            <div>
              <p>{visible(said(check.found))}</p>
              <Show when={check.means}>{means => <p class="quiet">{visible(said(means()))}</p>}</Show>
              <For each={remedies(check)}>{remedy => <code class="command">{visible(remedy)}</code>}</For>
            </div>
          </div>
        )}
      </For>
      <Show when={(props.host.machine?.blind ?? []).length > 0}>
        <h3>{t().hosts.blind}</h3>
        <ul>
          <For each={props.host.machine?.blind}>{each => <li>{visible(said(each))}</li>}</For>
        </ul>
      </Show>
    </section>
  )
}

/** What `faultline doctor --fix` would do, as one would type it. */
function remedies({ fix }: Checked): string[] {
  const { sysctl, module, commandLine } = (fix ?? {}) as {
    sysctl?: { key?: unknown; value?: unknown }
    module?: { name?: unknown; options?: unknown }
    commandLine?: unknown
  }
  return [
    ...(sysctl === undefined ? [] : [`sysctl ${sysctl.key}="${sysctl.value}"`]),
    ...(module === undefined ? [] : [`modprobe ${module.name} ${module.options ?? ''}`.trimEnd()]),
    ...(typeof commandLine === 'string' ? [`${t().hosts.doctor.commandLine}: ${commandLine}`] : []),
  ]
}
