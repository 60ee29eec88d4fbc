// Package ring keeps the newest values of a series in slices that never change once they are shared.
package ring

// Ring keeps the newest appended items. Slices that it returned never change: it writes only beyond their ends, and
// allocates a new array when the old one is full.
type Ring[T any] struct{ Items []T }

// Add appends an item and drops all but the newest kept ones.
func (r *Ring[T]) Add(item T, kept int) {
	if n := len(r.Items); n >= kept && n == cap(r.Items) {
		fresh := make([]T, kept-1, kept+kept/2)
		copy(fresh, r.Items[n-kept+1:])
		r.Items = fresh
	}
	r.Items = append(r.Items, item)
}

// Replace changes the item at i in what Newest returns from now on.
func (r *Ring[T]) Replace(i int, change func(T) T) {
	fresh := make([]T, len(r.Items), cap(r.Items))
	copy(fresh, r.Items)
	fresh[i] = change(fresh[i])
	r.Items = fresh
}

// Newest returns at most kept items, oldest first.
func (r *Ring[T]) Newest(kept int) []T {
	n := len(r.Items)
	return r.Items[max(0, n-kept):n:n]
}
