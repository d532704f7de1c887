'use client';

import { useState } from 'react';

export default function Page() {
  const [said, say] = useState('');

  async function greet(form: FormData) {
    say('…');
    say(await greeting(String(form.get('name'))).catch((error: unknown) => String(error)));
  }

  return (
    <form action={greet}>
      <input name="name" aria-label="Name" placeholder="Ada" required />
      <button type="submit">Greet</button>
      <output>{said}</output>
    </form>
  );
}

/** Submits the job, and asks for it until it has ended. */
async function greeting(name: string): Promise<string> {
  const submitted = await fetch('/api/hello', { method: 'POST', body: JSON.stringify({ name }) });
  const { id, error } = await submitted.json();
  if (!submitted.ok) return error;
  for (;;) {
    const job = await (await fetch(`/api/hello/${id}`)).json();
    if (job.status === 'COMPLETED') return job.result.text;
    if (job.error) return job.error;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
