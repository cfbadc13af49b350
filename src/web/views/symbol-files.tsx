import { messages } from '../messages.ts'
import type { Session } from '../session.ts'

/** Which symbols are used, and the way to be without them again. */
export function SymbolFiles(props: { session: Session }) {
  return (
    <p class="symbols quiet">
      {messages.symbols.used(props.session.symbols())}{' '}
      <button type="button" class="line" onClick={() => props.session.dropSymbols()}>
        {messages.symbols.drop}
      </button>
    </p>
  )
}
