/** Pictures as the model takes them: of a kind that it knows, and not larger than it looks at. */
import type { Attachment } from '@/api';

const KINDS = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const MOST_BYTES = 3_500_000;
const LONGEST_SIDE = 2000; // pixels
const QUALITY = 0.85;

/** The width and height that fit, in the same proportion. */
export function fitting(width: number, height: number, longest = LONGEST_SIDE): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

export function mayBePicture(file: File): boolean {
  return file.type.startsWith('image/') && file.type !== 'image/svg+xml';
}

/** Throws what the browser throws when it cannot read the picture. */
export async function pictureFrom(file: File): Promise<Attachment> {
  const bitmap = await createImageBitmap(file);
  const [width, height] = fitting(bitmap.width, bitmap.height);
  const fits = KINDS.includes(file.type) && file.size <= MOST_BYTES && width === bitmap.width;
  const blob = fits ? file : await drawn(bitmap, width, height);
  bitmap.close();
  return { name: file.name, mediaType: blob.type, data: await base64(blob) };
}

async function drawn(bitmap: ImageBitmap, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot make the picture smaller; send a smaller one');
  // JPEG knows no transparency.
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error('The picture cannot be converted; send another one')),
      'image/jpeg',
      QUALITY,
    ),
  );
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(new Error('The file cannot be read; choose it again'));
    reader.readAsDataURL(blob);
  });
}

/** An address that shows the picture. */
export function shownPicture({ data, mediaType }: Attachment): string | null {
  return data ? `data:${mediaType ?? 'image/png'};base64,${data}` : null;
}
