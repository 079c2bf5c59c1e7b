// app/layout.tsx (Next); elsewhere the tag stands in index.html
import type { ReactNode } from 'react';

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <script async src="https://cmp.example/b/SITE.js" />
      </head>
      <body>{children}</body>
    </html>
  );
}
