import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodePunycode } from './punycode.ts'
import { demangleRust } from './rust-demangle.ts'

// Symbol → path. The paths were compared with those of llvm-cxxfilt and c++filt (crate hashes removed).
const v0: Readonly<Record<string, string>> = {
  _RNvCscSpY9Juk0HT_7___rustc17rust_begin_unwind: '__rustc::rust_begin_unwind',
  // an inherent impl, the path of the impl block not shown
  _RNvMs3_NtCshgDM7dBCdno_11rust_binder7processNtB5_7Process10update_ref: '<rust_binder::process::Process>::update_ref',
  // a trait impl, with a back-reference
  _RNvXs1_CscPPBqWtAqum_11ashmem_rustNtB5_6AshmemNtNtCs43vyB533jt3_6kernel10miscdevice10MiscDevice4mmap:
    '<ashmem_rust::Ashmem as kernel::miscdevice::MiscDevice>::mmap',
  _RNvXCsktjF9JQNZ8U_5rnullNtB2_13NullBlkModuleNtCs43vyB533jt3_6kernel13InPlaceModule4init:
    '<rnull::NullBlkModule as kernel::InPlaceModule>::init',
  _RNvNtNtCs9jEwPDbx20M_4core9panicking11panic_const24panic_const_add_overflow:
    'core::panicking::panic_const::panic_const_add_overflow',
  // an impl of a module, not of a crate
  _RNvMNtNtCs43vyB533jt3_6kernel5alloc9allocatorNtB2_11ReallocFunc4call:
    '<kernel::alloc::allocator::ReallocFunc>::call',
  // types: binders, unsafe, an ABI, trait objects, tuples, arrays, constants
  _RINvCsciGn5CcqV8B_1t3genFG0_RL1_hRL0_RL1_hEuEB2_: "t::gen::<for<'a, 'b> fn(&'a u8, &'b &'a u8)>",
  _RINvCsciGn5CcqV8B_1t3genFUKCPhvEuEB2_: 't::gen::<unsafe extern "C" fn(*const u8, ...)>',
  _RINvCsciGn5CcqV8B_1t3genRDG_INtNtNtCsgEmfK2I1SDS_4core3ops8function2FnTRL0_hEEp6OutputRL0_hEL_EB2_:
    "t::gen::<&dyn for<'a> core::ops::function::Fn<(&'a u8,), Output = &'a u8>>",
  _RINvCsciGn5CcqV8B_1t3genQShEB2_: 't::gen::<&mut [u8]>',
  _RNvMs0_CsciGn5CcqV8B_1tINtB5_1CKb1_Kca_Kln5_E1cB5_: "<t::C<true, '\\n', -5>>::c",
  // closures keep their number: two of them in one function are two places
  _RNvNCNKNvNvMNtNtCsjrHSEGnQ3l9_3std4hash6randomNtBa_11RandomState3new4KEYS0s_023___RUST_STD_INTERNAL_VAL:
    '<std::hash::random::RandomState>::new::KEYS::{K#0}::{closure#1}::__RUST_STD_INTERNAL_VAL',
  // Punycode
  _RNvCsciGn5CcqV8B_1tu8flde_5qa: 't::földe',
  _RNvNtCsciGn5CcqV8B_1tu6md_fkau7k9j340g: 't::möd::一つ',
  // suffixes
  '_RNvCshgDM7dBCdno_11rust_binder26rust_binder_unlocked_ioctl.cold': 'rust_binder::rust_binder_unlocked_ioctl.cold',
  '_RNvCshgDM7dBCdno_11rust_binder26rust_binder_unlocked_ioctl.llvm.7938474661723467823':
    'rust_binder::rust_binder_unlocked_ioctl',
}

const legacy: Readonly<Record<string, string>> = {
  _ZN4core3fmt5Write9write_fmt17h0123456789abcdefE: 'core::fmt::Write::write_fmt',
  '_ZN104_$LT$core..ops..index_range..IndexRange$u20$as$u20$core..slice..index..SliceIndex$LT$$u5b$T$u5d$$GT$$GT$17get_unchecked_mut18precondition_check17h0321c718bc9ab2ddE':
    '<core::ops::index_range::IndexRange as core::slice::index::SliceIndex<[T]>>::get_unchecked_mut::precondition_check',
  _ZN1t10S$LT$T$GT$3run28_$u7b$$u7b$closure$u7d$$u7d$17h10b27a4e4b8e24ccE: 't::S<T>::run::{{closure}}',
  _ZN1t7m$uf6$d15_$u4e00$$u3064$17h7b6303d585dedd1aE: 't::möd::一つ',
  '_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE.cold.12': 'core::fmt::Write::write_fmt.cold.12',
}

for (const [symbol, path] of Object.entries({ ...v0, ...legacy })) {
  test(`${symbol} is ${path}`, () => assert.equal(demangleRust(symbol), path))
}

test('what is not Rust, or is damaged, has no path', () => {
  for (const symbol of [
    '',
    '_R',
    '_RN',
    'schedule',
    '_RNvC1t',
    '_RNvC1t3ab',
    '_ZN4llvm11LLVMContextC1Ev',
    '_ZN3foo3barE',
    '_ZN3foo3bar17h0123456789abcdef',
    '_ZN17h0123456789abcdefE',
    '_ZN4$XX$17h0123456789abcdefE',
    // an escaped terminal escape
    '_ZN5$u1b$17h0123456789abcdefE',
    // a back-reference to itself
    '_RNvB_3foo',
    `_RNvC1t${'9'.repeat(400)}`,
  ]) {
    assert.equal(demangleRust(symbol), undefined, symbol)
  }
})

test('back-references that double at every step end within the bound', () => {
  // each tuple holds its predecessor twice
  let symbol = '_RINvC1t1f'
  let previous = symbol.length - 2
  symbol += 'ThhE'
  for (let i = 0; i < 60; i++) {
    const at = symbol.length - 2
    symbol += `TB${base62(previous)}B${base62(previous)}E`
    previous = at
  }
  assert.equal(demangleRust(`${symbol}E`), undefined)
})

test('nesting without end ends within the bound', () => {
  assert.equal(demangleRust(`_RINvC1t1f${'R'.repeat(4000)}`), undefined)
  assert.equal(demangleRust(`_RINvC1t1f${'IC1a'.repeat(900)}`), undefined)
})

test('every prefix and every changed letter gives a clean path or none', () => {
  const symbols = [...Object.keys(v0), ...Object.keys(legacy)]
  for (const symbol of symbols) for (let i = 0; i <= symbol.length; i++) assertClean(demangleRust(symbol.slice(0, i)))
  fc.assert(
    fc.property(
      fc.constantFrom(...symbols),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'0123456789_sBCEFGIKLMNRSTXYhpux$.')), { maxLength: 4 }),
      (symbol, changes) => {
        const letters = [...symbol]
        for (const [at, letter] of changes) letters[2 + (at % (letters.length - 2))] = letter
        assertClean(demangleRust(letters.join('')))
      },
    ),
    { seed: 20, numRuns: 5000 },
  )
})

test('Punycode: RFC 3492, section 7.1', () => {
  assert.equal(decodePunycode('', 'ihqwcrb4cv8a8dqg056pqjye'), '他们为什么不说中文')
  assert.equal(decodePunycode('Pru', 'n1a')?.length, 4)
  assert.equal(decodePunycode('', '!'), undefined)
  assert.equal(decodePunycode('', '99999999999999999'), undefined)
})

function assertClean(path: string | undefined): void {
  if (path === undefined) return
  assert.ok(path.length <= 17 * 1024)
  assert.doesNotMatch(path, /[\0-\x1f\x7f-\x9f]/)
}

/** `_` is 0, `0_` is 1, `10_` is 63. */
function base62(value: number): string {
  if (value === 0) return '_'
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  let text = ''
  let rest = value - 1
  do text = digits.charAt(rest % 62) + text
  while ((rest = Math.floor(rest / 62)) > 0)
  return `${text}_`
}
