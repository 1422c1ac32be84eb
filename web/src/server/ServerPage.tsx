export default function ServerPage() {
  return <main class="page" id="main" />;
}
