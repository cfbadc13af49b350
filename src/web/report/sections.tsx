import { For, type JSX, Show } from 'solid-js'
import type { CodeView } from '../../core/render/code.ts'
import type { FunctionLine } from '../../core/render/function.ts'
import type { Fact } from '../../core/render/headline.ts'
import type { FindingView, ListItem, ModuleView, Section, SourceView } from '../../core/render/outline.ts'
import type { RegisterValue, RegisterView } from '../../core/render/registers.ts'
import { visible } from '../../core/render/safe.ts'
import type { StackView } from '../../core/render/stack.ts'
import type { Table } from '../../core/render/table.ts'
import { taintWords } from '../../core/render/wording.ts'
import { t } from '../i18n/index.ts'
import { cellText, columnTitle, factLabel, factValue } from '../i18n/parts.ts'
import { said, saidEach } from '../i18n/said.ts'
import { FrameList } from './trace.tsx'

const words = () => t().report

/** The body of one part of a report, in the form it has. The class names are those of core/render/stylesheet.ts. */
export function SectionBody(props: { section: Section; onLine: (line: number) => void }): JSX.Element {
  const { section } = props
  switch (section.form) {
    case 'list':
      return <Items items={section.items} quoted={section.quoted === true} onLine={props.onLine} />
    case 'findings':
      return <Findings findings={section.findings} onLine={props.onLine} />
    case 'facts':
      return <FactList facts={section.facts} />
    case 'table':
      return <DataTable table={section.table} />
    case 'trace':
      return <FrameList lines={section.lines} onLine={props.onLine} />
    case 'registers':
      return <Registers view={section.view} />
    case 'code':
      return <Code view={section.view} />
    case 'source':
      return <Source view={section.view} />
    case 'function':
      return <FunctionListing view={section.view} />
    case 'stack':
      return <Stack view={section.view} />
    case 'modules':
      return <Modules modules={section.modules} lastUnloaded={section.lastUnloaded} />
  }
}

export function FactList(props: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      <For each={props.facts}>
        {({ label, value, extra }) => (
          <div>
            <dt>{factLabel(label)}</dt>
            <dd>
              {visible(factValue(label, value))}
              <Show when={extra}>{text => <span class="extra"> {visible(said(text()))}</span>}</Show>
            </dd>
          </div>
        )}
      </For>
    </dl>
  )
}

function Findings(props: { findings: readonly FindingView[]; onLine: (line: number) => void }) {
  return (
    <ul class="findings">
      <For each={props.findings}>
        {({ text, confidence, because, next, lines }) => (
          <li>
            <b>{visible(said(text))}</b>
            <div class="extra">
              {words().because(t().hosts.confidence[confidence], visible(said(because)))}
              <Lines lines={lines} onLine={props.onLine} />
            </div>
            <Show when={next}>{step => <div class="next">{visible(said(step()))}</div>}</Show>
          </li>
        )}
      </For>
    </ul>
  )
}

/** Numbers of lines that lead there. */
function Lines(props: { lines: readonly number[]; onLine: (line: number) => void }) {
  return (
    <For each={props.lines}>
      {line => (
        <>
          {' '}
          <button type="button" class="line" title={words().showLine(line)} onClick={() => props.onLine(line)}>
            {words().line(line)}
          </button>
        </>
      )}
    </For>
  )
}

function Items(props: { items: readonly ListItem[]; quoted: boolean; onLine: (line: number) => void }) {
  const inWords = (text: string): string => visible(props.quoted ? text : said(text))
  return (
    <ul class="items">
      <For each={props.items}>
        {({ text, detail, lines = [] }) => (
          <li>
            {inWords(text)}
            <Show when={detail}>{more => <span class="extra">: {inWords(more())}</span>}</Show>
            <Lines lines={lines} onLine={props.onLine} />
          </li>
        )}
      </For>
    </ul>
  )
}

function DataTable(props: { table: Table }) {
  return (
    <>
      <section class="scroll" tabindex="0" aria-label={visible(said(props.table.caption))}>
        <table>
          <thead>
            <tr>
              <For each={props.table.columns}>
                {column => (
                  <th scope="col" class={column.align}>
                    {visible(columnTitle(column.title))}
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody>
            <For each={props.table.rows}>
              {row => (
                <tr class={row.marked ? 'marked' : undefined}>
                  <For each={row.cells}>
                    {(cell, at) => (
                      <td class={props.table.columns[at()]?.align ?? 'left'}>{visible(cellText(cell))}</td>
                    )}
                  </For>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </section>
      <Show when={props.table.hidden}>{count => <p class="extra">{words().more(count())}</p>}</Show>
    </>
  )
}

/** Values with their flags a click away where they have any, all flags in words below. */
function Registers(props: { view: RegisterView }) {
  const decoded = (): RegisterValue[] => props.view.values.filter(value => value.decoded !== undefined)
  return (
    <>
      <dl class="registers">
        <For each={props.view.values}>
          {value => (
            <div
              class={value.faulted ? 'faulted' : undefined}
              title={value.faulted ? words().faulted : value.decoded?.map(visible).join(' · ')}
            >
              <dt>{visible(value.name)}</dt>
              <dd class={value.decoded === undefined ? undefined : 'flagged'}>
                <span class="zeros">{leadingZeros(value.digits)}</span>
                {visible(value.digits.slice(leadingZeros(value.digits).length))}
              </dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={decoded().length > 0}>
        <dl class="flags">
          <For each={decoded()}>
            {({ name, decoded: flags = [] }) => (
              <div>
                <dt>{visible(name)}</dt>
                <dd>{flags.map(visible).join(' · ')}</dd>
              </div>
            )}
          </For>
        </dl>
      </Show>
    </>
  )
}

const leadingZeros = (digits: string): string => /^0*/.exec(digits)?.[0] ?? ''

function Code(props: { view: CodeView }) {
  return (
    <>
      <Show when={props.view.place}>{place => <p class="place">{visible(place())}</p>}</Show>
      <Show when={props.view.instructions.length > 0}>
        <div class="scroll">
          <table class="instructions">
            <tbody>
              <For each={props.view.instructions}>
                {({ address, bytes, text, fault }) => (
                  <tr class={fault ? 'marked' : undefined}>
                    <td>{visible(address ?? '')}</td>
                    <td class="bytes">{visible(bytes)}</td>
                    <td>{visible(text)}</td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </div>
      </Show>
      <Show when={props.view.raw}>{raw => <p class="extra">{visible(raw())}</p>}</Show>
      <Show when={props.view.units.length > 0}>
        <p class="code">
          <For each={props.view.units}>
            {(unit, at) => (
              <>
                <Show when={at() === props.view.faultIndex} fallback={visible(unit)}>
                  <mark>{visible(unit)}</mark>
                </Show>{' '}
              </>
            )}
          </For>
        </p>
      </Show>
    </>
  )
}

function Source(props: { view: SourceView }) {
  return (
    <>
      <p class="place">{visible(props.view.place)}</p>
      <div class="scroll">
        <table class="instructions source">
          <tbody>
            <For each={props.view.lines}>
              {({ number, text, marked }) => (
                <tr class={marked ? 'marked' : undefined}>
                  <td class="bytes">{number}</td>
                  <td>{visible(text)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </>
  )
}

function FunctionListing(props: { view: readonly FunctionLine[] }) {
  return (
    <div class="scroll">
      <table class="instructions function">
        <tbody>
          <For each={props.view}>
            {line =>
              line.kind === 'instruction' ? (
                <tr class={line.fault ? 'marked' : undefined}>
                  <td>{visible(line.at)}</td>
                  <td class="bytes">{visible(line.bytes)}</td>
                  <td>
                    {visible(line.text)}
                    <Show when={line.printed}>{bytes => <mark> {words().inLog(visible(bytes()))}</mark>}</Show>
                  </td>
                </tr>
              ) : (
                <tr class={line.kind}>
                  <td colspan={3}>{visible(line.text)}</td>
                </tr>
              )
            }
          </For>
        </tbody>
      </table>
    </div>
  )
}

function Stack(props: { view: StackView }) {
  return (
    <ul class={props.view.wide ? 'stack wide' : 'stack'}>
      <For each={props.view.rows}>
        {row =>
          row.row === 'frame' ? (
            <li class={row.unsure ? 'frame unsure' : 'frame'}>
              <b>{visible(said(row.name))}</b> <span class="extra">{visible(said(row.detail))}</span>
            </li>
          ) : (
            <li class={`word ${row.kind ?? ''}`}>
              <Show when={row.address}>{at => <span class="extra">{visible(at())} </span>}</Show>
              {visible(row.value)}
              <Show when={row.meaning}>{text => <span class="meaning"> {visible(saidEach(text(), '  '))}</span>}</Show>
            </li>
          )
        }
      </For>
    </ul>
  )
}

function Modules(props: { modules: readonly ModuleView[]; lastUnloaded: string | undefined }) {
  const meaning = (flags: string): string =>
    words().tainted([...flags].map(flag => said(taintWords[flag] ?? flag)).join(', '))
  return (
    <>
      <ul class="modules">
        <For each={props.modules}>
          {({ name, taint }) => (
            <li>
              {visible(name)}
              <Show when={taint}>
                {flags => (
                  <span class="taint" title={visible(meaning(flags()))}>
                    {visible(flags())}
                  </span>
                )}
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.lastUnloaded}>{name => <p class="extra">{words().unloaded(visible(name()))}</p>}</Show>
    </>
  )
}
