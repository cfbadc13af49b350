import { visible } from '../../core/render/safe.ts'
import { remove } from '../api/client.ts'
import { useData } from '../api/data.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../views/ago.tsx'
import { doing, Loaded, SureButton, Table } from './pieces.tsx'
import type { OpenSession } from './types.ts'

/** "Firefox on Linux" says more than the whole of a User-Agent; which is there where one points. */
function browserOf(agent: string): string {
  const browser = /(?:Firefox|Edg|OPR|Chrome|Safari|curl)(?=\/)/.exec(agent)?.[0]
  const system = /(?:Android|Linux|Windows|Mac OS X|iPhone|CrOS)/.exec(agent)?.[0]
  const name = browser === 'Edg' ? 'Edge' : browser === 'OPR' ? 'Opera' : browser
  return [name ?? visible(agent).slice(0, 40), system].filter(Boolean).join(' · ')
}

/** Sessions that are open: one's own, or everybody's. */
export function Sessions(props: { all: boolean }) {
  const words = () => t().settings.account
  const data = useData<{ sessions: OpenSession[] }>(
    () => ({ path: '/api/v1/sessions', query: { all: props.all } }),
    true,
  )
  const end = async (id: string): Promise<void> => {
    if (await doing(() => remove(`/api/v1/sessions/${id}`), words().ended)) data.again()
  }
  const heads = () => [
    ...(props.all ? [t().settings.name] : []),
    words().browser,
    words().address,
    words().since,
    t().settings.lastUsed,
    '',
  ]
  return (
    <section>
      <h2>{props.all ? words().everybody : words().sessions}</h2>
      <Loaded data={data}>
        {value => (
          <Table label={props.all ? words().everybody : words().sessions} heads={heads()} rows={value().sessions}>
            {each => (
              <tr>
                {props.all ? <td>{visible(each.name)}</td> : null}
                <td title={visible(each.agent)}>{browserOf(each.agent)}</td>
                <td>{each.address}</td>
                <td>
                  <Ago at={each.createdAt} />
                </td>
                <td>
                  <Ago at={each.lastUsed} />
                </td>
                <td class="do">
                  {each.current ? (
                    <span class="quiet">{words().here}</span>
                  ) : (
                    <SureButton label={words().end} about={each.address} onSure={() => void end(each.id)} />
                  )}
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
    </section>
  )
}
