// Package ring keeps the newest values of a series in slices that never change once they are shared.
package ring

// Ring holds the newest of what was appended. Slices that it hands out stay as they are: it writes only behind them,
// and moves on to a new array when the old one is full.
type Ring[T any] struct{ Items []T }

// Add appends an item and forgets what is older than the newest kept ones.
func (t *Ring[T]) Add(item T, kept int) {
	if n := len(t.Items); n >= kept && n == cap(t.Items) {
		fresh := make([]T, kept-1, kept+kept/2)
		copy(fresh, t.Items[n-kept+1:])
		t.Items = fresh
	}
	t.Items = append(t.Items, item)
}

// Replace changes the item at i in what Newest returns from now on.
func (t *Ring[T]) Replace(i int, change func(T) T) {
	fresh := make([]T, len(t.Items), cap(t.Items))
	copy(fresh, t.Items)
	fresh[i] = change(fresh[i])
	t.Items = fresh
}

// Newest hands out at most kept items, oldest first.
func (t *Ring[T]) Newest(kept int) []T {
	n := len(t.Items)
	return t.Items[max(0, n-kept):n:n]
}
