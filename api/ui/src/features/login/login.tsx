import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';

import { api, ApiError } from '@/api';
import { Button, Input } from '@/ui';

/** An address of this UI to go on at; anything else would lead to other sites. */
export function safeNext(next: string | null): string {
  return next?.startsWith('/') && !/^\/[/\\]/.test(next) ? next : '/';
}

function explain(error: Error | null): string | null {
  if (!(error instanceof ApiError)) return error?.message ?? null;
  if (error.status === 401) return 'That is not the password. “make credentials” on the host shows it';
  if (error.status === 429)
    return `Too many attempts; wait ${Math.ceil((error.retryAfter ?? 60) / 60)} min and try again`;
  return error.message;
}

export function Login() {
  const [password, setPassword] = useState('');
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const login = useMutation({
    mutationFn: (value: string) => api.POST('/api/login', { body: { password: value } }),
    onSuccess: () => navigate(safeNext(search.get('next')), { replace: true }),
  });
  return (
    <main className="flex h-dvh items-center justify-center p-4">
      <form
        className="flex w-full max-w-xs flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          login.mutate(password);
        }}
      >
        <img src="/icons/icon.svg" alt="" className="size-12" />
        <h1 className="text-2xl font-semibold">Hatchpod</h1>
        <input type="text" name="username" autoComplete="username" value="hatchpod" readOnly hidden />
        <Input
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          autoFocus
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={explain(login.error)}
        />
        <Button type="submit" look="primary" busy={login.isPending}>
          Log in
        </Button>
      </form>
    </main>
  );
}
