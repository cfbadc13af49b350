import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMailmap, readMaintainers, sectionsOf } from './maintainers.ts'

const text = `List of maintainers
Descriptions of section entries
	M: *Mail* patches to: FullName <address@domain>

Maintainers List
----------------

EXT4 FILE SYSTEM
M:	"Theodore Ts'o" <tytso@mit.edu>
R:	Ritesh Harjani <ritesh.list@gmail.com>
L:	linux-ext4@vger.kernel.org
S:	Maintained
T:	git git://git.kernel.org/pub/scm/linux/kernel/git/tytso/ext4.git
F:	fs/ext4/
X:	fs/ext4/verity.c

FILESYSTEMS (VFS and infrastructure)
M:	Alexander Viro <viro@zeniv.linux.org.uk>
S:	Maintained
F:	fs/*
F:	include/linux/fs.h

FSVERITY
M:	Eric Biggers <ebiggers@kernel.org>
S:	Supported
N:	verity

KEYS OF A DEVICE TREE
M:	Some One <some@one.example>
K:	\\bof_get_property\\b  # the old way

BROKEN
M:	Nobody <nobody@example.org>
N:	(unclosed
K:	[also

THE REST
M:	Linus Torvalds <torvalds@linux-foundation.org>
L:	linux-kernel@vger.kernel.org
S:	Buried alive in reporters
F:	*
F:	*/
`

const titlesOf = (path: string, content?: string): string[] =>
  sectionsOf(readMaintainers(text), path, content).map(({ title }) => title)

test('the closest section first; folders, wildcards, what is excluded, expressions of paths and words', () => {
  assert.deepEqual(titlesOf('fs/ext4/inode.c'), ['EXT4 FILE SYSTEM', 'THE REST'])
  assert.deepEqual(titlesOf('fs/namei.c'), ['FILESYSTEMS (VFS and infrastructure)', 'THE REST'])
  assert.deepEqual(titlesOf('fs/ext4/verity.c'), ['FSVERITY', 'THE REST'])
  assert.deepEqual(titlesOf('drivers/x.c', 'a = of_get_property(node)'), ['THE REST', 'KEYS OF A DEVICE TREE'])
  assert.deepEqual(titlesOf('drivers/x.c', 'a = of_get_propertyX(node)'), ['THE REST'])
})

test('what a section says', () => {
  const [ext4] = readMaintainers(text)
  assert.equal(ext4?.title, 'EXT4 FILE SYSTEM')
  assert.equal(ext4?.status, 'Maintained')
  assert.deepEqual(ext4?.maintainers, ['"Theodore Ts\'o" <tytso@mit.edu>'])
  assert.deepEqual(ext4?.reviewers, ['Ritesh Harjani <ritesh.list@gmail.com>'])
  assert.deepEqual(ext4?.lists, ['linux-ext4@vger.kernel.org'])
})

test('any text reads', () => {
  for (let end = 0; end < text.length; end += 7) readMaintainers(text.slice(0, end))
  assert.deepEqual(readMaintainers('\0\n: :\nM:\nF:\t[(*\n').length, 1)
})

test('people are written to where they are now', () => {
  const current = readMailmap(
    'Leon R <leon@kernel.org> <leonro@nvidia.com>\n<new@x.org> <old@x.org>\nProper <same@x.org>\n',
  )
  assert.equal(current('Leon Romanovsky <leonro@nvidia.com>'), 'Leon R <leon@kernel.org>')
  assert.equal(current('Who <OLD@x.org>'), 'Who <new@x.org>')
  assert.equal(current('p <same@x.org>'), 'Proper <same@x.org>')
  assert.equal(current('list@vger.kernel.org'), 'list@vger.kernel.org')
})
