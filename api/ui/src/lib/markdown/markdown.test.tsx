import { render, screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';

import { blocksOf, mended } from './blocks';
import { Markdown } from './markdown';
import { safeImage, safeLink } from './urls';

test.each([
  '<script>window.hurt = true</script>',
  '<img src=x onerror="window.hurt = true">',
  '<iframe src="https://example.org"></iframe>',
  '<a href="javascript:alert(1)">click</a>',
  '<style>* { display: none }</style>',
  'text <svg onload=alert(1)> text',
])('HTML is shown as it was written: %s', (html) => {
  const { container } = render(<Markdown text={html} />);
  expect(container.querySelector('script, iframe, style, svg, a, img')).toBeNull();
  expect(container).toHaveTextContent(html.replace(/\s+/g, ' '));
});

test.each([
  '[go](javascript:alert(1))',
  '[go](JaVaScRiPt:alert(1))',
  '[go](data:text/html,<script>1</script>)',
  '[go](vbscript:x)',
  '[go](file:///etc/passwd)',
  '[go](/api/sessions)',
  '[go](src/main.ts)',
])('%s leads nowhere', (text) => {
  render(<Markdown text={text} />);
  expect(screen.queryByRole('link')).toBeNull();
  expect(screen.getByText('go')).toBeVisible();
});

test('a link opens in another tab, which knows nothing of this one, and says where it leads', () => {
  render(<Markdown text="[docs](https://example.org/a?b=1)" />);
  const link = screen.getByRole('link', { name: 'docs' });
  expect(link).toHaveAttribute('href', 'https://example.org/a?b=1');
  expect(link).toHaveAttribute('target', '_blank');
  expect(link).toHaveAttribute('rel', 'noopener noreferrer');
  expect(link).toHaveAttribute('title', 'https://example.org/a?b=1');
});

test('a picture of another server is a link, and is not loaded', () => {
  const { container } = render(<Markdown text="![spy](https://example.org/pixel.png)" />);
  expect(container.querySelector('img')).toBeNull();
  expect(screen.getByRole('link', { name: 'Image: spy' })).toHaveAttribute(
    'href',
    'https://example.org/pixel.png',
  );
});

test('which addresses are pictures and links', () => {
  expect(safeImage('/api/sessions/1/images/2/0')).toBe(`${window.location.origin}/api/sessions/1/images/2/0`);
  expect(safeImage('/api/sessions/../logout')).toBeNull();
  expect(safeImage('//example.org/api/sessions/x')).toBeNull();
  expect(safeImage('data:image/png;base64,AA==')).toContain('data:');
  expect(safeImage('data:text/html,x')).toBeNull();
  expect(safeImage(undefined)).toBeNull();
  expect(safeLink('https://example.org')).toBe('https://example.org/');
  expect(safeLink(' javascript:alert(1)')).toBeNull();
  expect(safeLink('')).toBeNull();
});

test('tables, task lists and code are what they are', () => {
  render(
    <Markdown text={'| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] read\n- [ ] write\n\n```ts\nlet a;\n```'} />,
  );
  const table = screen.getByRole('group', { name: 'Table' });
  expect(within(table).getAllByRole('columnheader')).toHaveLength(2);
  expect(screen.getByRole('checkbox', { name: 'Done' })).toBeChecked();
  expect(screen.getByRole('checkbox', { name: 'Not done' })).not.toBeChecked();
  expect(screen.getByRole('group', { name: 'Code, ts' })).toHaveTextContent('let a;');
  expect(screen.getByRole('button', { name: 'Copy code' })).toBeVisible();
});

test('blocks keep their number and content while a text grows', () => {
  const text = '# One\n\nTwo\n\n```js\n\nthree\n\n```\n\n- four\n\n- five\n\n| a |\n|---|\n| b |\n';
  const whole = blocksOf(text);
  expect(whole.join('')).toBe(text);
  expect(whole).toHaveLength(5);
  for (let end = 1; end < text.length; end++) {
    const blocks = blocksOf(text.slice(0, end));
    for (const [number, block] of blocks.slice(0, -2).entries()) expect(whole[number]).toBe(block);
  }
});

test('references and notes hold for the whole text', () => {
  render(<Markdown text={'See [it][1].\n\nMore.\n\n[1]: https://example.org/x\n'} />);
  expect(screen.getByRole('link', { name: 'it' })).toHaveAttribute('href', 'https://example.org/x');
});

test('what the end of a growing text opens is closed', () => {
  expect(mended('some **bold wor')).toBe('some **bold wor**');
  render(<Markdown growing text={'Here:\n\n```py\nprint("a"'} />);
  expect(screen.getByRole('group', { name: 'Code, py' })).toHaveTextContent('print("a"');
});

test.each(['', ' ', '\n\n', '`'.repeat(50), '['.repeat(500), '> '.repeat(200), '\u0000', '|'.repeat(300)])(
  'odd text %j is shown somehow',
  (text) => {
    expect(() => render(<Markdown growing text={text} />)).not.toThrow();
  },
);
