/**
 * Which part of code has which colour. The highlighter knows colours by number only, so each class has one that is
 * never seen: what is shown is the class, and the theme of the page gives that its colour.
 */
import type { ThemeRegistration } from '@shikijs/core';

const PLAIN = '#000000';

const SCOPES: readonly (readonly [colour: string, look: string, scopes: readonly string[]])[] = [
  ['#000001', 'text-(--code-comment)', ['comment', 'punctuation.definition.comment', 'string.comment']],
  [
    '#000002',
    'text-(--code-string)',
    ['string', 'markup.inserted', 'constant.other.symbol', 'punctuation.definition.string'],
  ],
  [
    '#000003',
    'text-(--code-number)',
    ['constant', 'support.constant', 'variable.language', 'constant.character.escape', 'markup.inline.raw'],
  ],
  [
    '#000004',
    'text-(--code-keyword)',
    [
      'keyword',
      'storage',
      'keyword.operator.word',
      'markup.deleted',
      'markup.heading',
      'entity.name.section',
    ],
  ],
  ['#000005', PLAIN, ['keyword.operator', 'punctuation', 'meta.brace']],
  [
    '#000006',
    'text-(--code-function)',
    [
      'entity.name.function',
      'support.function',
      'meta.function-call.generic',
      'entity.other.attribute-name',
      'support.type.property-name',
      'meta.object-literal.key',
      'entity.name.tag.yaml',
      'markup.underline.link',
      'meta.diff.range',
    ],
  ],
  [
    '#000007',
    'text-(--code-type)',
    [
      'entity.name.type',
      'entity.name.class',
      'support.type',
      'support.class',
      'entity.name.tag',
      'storage.type.java',
    ],
  ],
];

const LOOKS = new Map(SCOPES.map(([colour, look]) => [colour, look === PLAIN ? '' : look]));

/** The class for a colour of the theme; none for plain text. */
export function lookOf(colour: string | undefined): string {
  return LOOKS.get(colour?.toLowerCase() ?? PLAIN) ?? '';
}

export const theme: ThemeRegistration = {
  name: 'classes',
  type: 'light',
  fg: PLAIN,
  bg: '#ffffff',
  settings: SCOPES.map(([foreground, , scope]) => ({ scope: [...scope], settings: { foreground } })),
};
