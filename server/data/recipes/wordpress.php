<?php
// In functions.php of your child theme, or in a file of wp-content/mu-plugins.
add_action('wp_head', function () {
    echo '<script async src="https://cmp.example/b/SITE.js"></script>';
}, 1);

// Scripts that plug-ins add wait for a purpose: their handles, as in wp_enqueue_script().
add_filter('script_loader_tag', function ($tag, $handle) {
    $waits = ['matomo' => 'analytics', 'facebook-pixel' => 'advertising'];
    if (!isset($waits[$handle])) {
        return $tag;
    }
    $mark = '<script type="text/plain" data-purpose="' . esc_attr($waits[$handle]) . '"';
    return str_replace('<script', $mark, $tag);
}, 10, 2);
